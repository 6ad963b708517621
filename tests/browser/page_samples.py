"""Every page with made-up figures: names are long, sums are large, and everything can be empty."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace as Facts
from typing import Any
from uuid import UUID

from flask import Flask, render_template
from markupsafe import Markup

from config.errors import FieldProblem
from config.pages import FormState, fresh_form
from tests.browser import (
    books_samples,
    change_samples,
    desk_samples,
    dispute_samples,
    leaving_samples,
    payout_samples,
    person_samples,
    promo_samples,
    recovery_samples,
    refund_samples,
    run_samples,
    tender_samples,
)
from tests.browser.kit_app import kit_app

SEA = Facts(id=UUID(int=1), slug="sea", name="Seattle")
TAC = Facts(id=UUID(int=2), slug="tac", name="Tacoma")
PLACES = [SEA, TAC, Facts(id=UUID(int=3), slug="boi", name="Boise")]
NOON = datetime(2027, 1, 4, 20, tzinfo=UTC)
MONEY = {"price_cents": 13900, "tax_cents": 1439, "total_cents": 15339, "currency": "USD"}
FORM = {"form": FormState({}), "action": "/sent", "back_url": "/back"}
WRONG = FormState(
    {"name": "Anna", "email": "anna@"},
    (FieldProblem("/email", "This is no e-mail address."), FieldProblem("/from", "A month.")),
    "Some of this needs another look.",
)
PLAN = Facts(id="p1", name="Maintenance 4", allowance=4, every="month", **MONEY)
UNLIMITED = Facts(id="p2", name="Unlimited", allowance=None, every="month", **MONEY)
PACK = Facts(id="k1", name="Starter 3", sessions=3, window_days=10, first_use_days=14, **MONEY)
CARD = Facts(brand="visa", last4="4242", exp_month=7, exp_year=2031)
LONG = "By ticking this box you agree to what is said here. " * 12


def samples() -> dict[str, dict[str, Any]]:
    """A context for each page, by a name: `template` or `template#variant`."""
    return {
        **_joining(),
        **_member(),
        **_money(),
        **_desk(),
        **_manage(),
        **books_samples.samples(),
        **change_samples.samples(),
        **desk_samples.samples(),
        **dispute_samples.samples(),
        **leaving_samples.samples(),
        **payout_samples.samples(),
        **person_samples.samples(),
        **promo_samples.samples(),
        **recovery_samples.samples(),
        **refund_samples.samples(),
        **run_samples.samples(),
        **tender_samples.samples(),
    }


def samples_app() -> Flask:
    """Serves every sample at /<its name>, with the addresses that pages post to."""
    app = kit_app()
    for name, context in samples().items():
        _serve(app, name, context)
    app.add_url_rule("/desk/check-in", "desk.check_in", lambda: "", methods=["POST"])
    app.add_url_rule("/desk/<visit_id>/undo", "desk.undo", lambda visit_id: "", methods=["POST"])
    for endpoint in ("portal.home", "portal.visits", "money.invoices", "portal.agreements"):
        app.add_url_rule("/" + endpoint, endpoint, lambda: "")
    books_samples.add_addresses(app)
    change_samples.add_addresses(app)
    person_samples.add_addresses(app)
    recovery_samples.add_addresses(app)
    run_samples.add_addresses(app)
    tender_samples.add_addresses(app)
    return app


def _serve(app: Flask, name: str, context: dict[str, Any]) -> None:
    def page() -> str:
        more = {key: value() if callable(value) else value for key, value in context.items()}
        return render_template(name.partition("@")[0], **more)

    app.add_url_rule(f"/sample/{name}", f"sample_{name.replace('.', '_')}", page)


def _joining() -> dict[str, dict[str, Any]]:
    today = Facts(lines=[("Starter 3", 9900)], tax_cents=1025, total_cents=10925, currency="USD")
    paper = {"title": "Waiver", "text": LONG * 4, "version": "2027-01"}
    welcome = {"name": "Anna de Vries", "place": SEA, "bought": "Starter 3", "home_url": "/"}
    return {
        "join/location.html": {"places": PLACES, **FORM},
        "join/starter.html": {"place": SEA, "packs": [PACK], "plans": [PLAN, UNLIMITED], **FORM},
        "join/account.html": {**FORM, "form": fresh_form()},
        "join/account.html@wrong": {**FORM, "form": WRONG},
        "join/sign.html": {"waiver": paper, "contract": {**paper, "title": "Contract"}, **FORM},
        "join/consent.html": {
            "plans": [PLAN, UNLIMITED],
            "wording": {"p1": LONG, "p2": LONG},
            "summary": today,
            **FORM,
        },
        "join/welcome.html": {**welcome, "state": "paid", "first_steps": ["Come early.", "Ask."]},
        "join/welcome.html@waiting": {**welcome, "state": "waiting"},
        "join/welcome.html@failed": {**welcome, "state": "failed", "retry_url": "/retry"},
    }


def _member() -> dict[str, dict[str, Any]]:
    pack = Facts(name="Starter 3", place_name="Seattle", left=2, of=3, opened=True)
    pack.valid_until, pack.first_use_by = date(2027, 1, 13), None
    plan = Facts(name="Maintenance 4", place_name="Seattle", status="grace", left=11, of=12)
    plan.status_text, plan.arrears, plan.cancel_url = "Payment due", True, "/cancel"
    plan.period_end, plan.grace_until, plan.ends_on = date(2027, 2, 4), date(2027, 1, 11), None
    plan.next_charge = Facts(on=date(2027, 2, 4), tax_label="Sales tax 10.35%", **MONEY)
    next_step = Facts(on=None, plan_name="Maintenance 4", withdraw_url="/withdraw", **MONEY)
    member = Facts(name="Anna-Maria Wolfeschlegelsteinhausenbergerdorff")
    agreed = {"version": "1", "zone": "America/Los_Angeles", "state": "Given", "given_at": NOON}
    signed = {"kind": "waiver", "version": "1", "signed_at": NOON, "text": LONG}
    return {
        "member/home.html": {
            "member": member,
            "packs": [pack],
            "plan": plan,
            "conversion": next_step,
            "code": "K7QM-2PXD",
            "code_svg": Markup('<svg width="145" height="145"><path d="M0 0h9"/></svg>'),
        },
        "member/home.html@empty": {"member": member, "packs": [], "join_url": "/join"},
        "member/consents.html": {
            "consents": [{"text": LONG, "withdraw_url": "/withdraw", **agreed}],
            "documents": [signed],
        },
    }


def _money() -> dict[str, dict[str, Any]]:
    invoice = Facts(number="SEA-2027-00001", issued_on=NOON.date(), state="open", currency="USD")
    invoice.state_text, invoice.url, invoice.pay_url = "To pay", "/invoice", "/pay"
    invoice.subtotal_cents, invoice.tax_cents, invoice.total_cents = 13900, 1439, 15339
    invoice.paid_cents, invoice.due_cents = 0, 15339
    line = Facts(text="Maintenance 4", detail="January 4 to February 3, 2027", net_cents=13900)
    line.tax_name, line.tax_rate_ppm, line.tax_cents = "Sales tax", 103500, 1439
    return {
        "billing/invoices.html": {"invoices": [invoice] * 3, "older": "/older"},
        "billing/invoices.html@empty": {"invoices": []},
        "billing/invoice.html": {
            "invoice": invoice,
            "lines": [line],
            "seller": {"name": "Northlight Cryo Seattle LLC", "address": ["1 Pine St"]},
            "member_name": "Anna de Vries",
            "payments": [Facts(on=NOON.date(), how="Visa •••• 4242", amount_cents=15339)],
            "pay_url": "/pay",
            "cancel_hint": "You can cancel on your page in two clicks.",
            "notes": [Facts(url="/n", number="SEA-CN-2027-000001", on=NOON.date(), total_cents=9)],
            "files": [{"text": "Invoice as PDF", "url": "/i"}],
        },
        "billing/card.html": {"card": CARD, "update_url": "/card"},
        "billing/pay.html": {"invoice": invoice, "action": "/pay", "note": "Your bank asks."},
    }


def _desk() -> dict[str, dict[str, Any]]:
    def card(name: str, light: str, *, reason: str, allowed: bool, visitor: bool) -> Facts:
        found = Facts(member_id=UUID(int=7), name=name, light=light, reason=reason)
        found.allowed, found.visitor, found.holds = allowed, visitor, "Starter 3 · 2 left"
        found.consumes, found.request_key = "Uses one session; one is left then.", "k" * 32
        return found

    desk = {"place": SEA, "places": PLACES, "q": "an", "zone": "America/Los_Angeles"}
    visit = Facts(id=UUID(int=9), name="Anna", at=NOON, what="Starter 3", undone=False)
    visit.can_undo, visit.charged, visit.member_id = True, False, UUID(int=7)
    found = [
        card("Anna de Vries", "green", reason="", allowed=True, visitor=False),
        card("Bram", "amber", reason="Payment due", allowed=True, visitor=True),
        card("Carla", "red", reason="No sessions left", allowed=False, visitor=False),
    ]
    return {
        "desk/home.html": {**desk, "found": None, "visits": [], "q": ""},
        "desk/home.html@found": {**desk, "found": found, "visits": [visit]},
        "desk/home.html@one": {**desk, "found": found[:1], "visits": []},
        "desk/home.html@nobody": {**desk, "found": [], "visits": []},
    }


def _manage() -> dict[str, dict[str, Any]]:
    staff = [
        ("Anna", "anna@example.com", "desk", "Seattle", "/revoke"),
        ("Bo", "b@c", "owner", "", ""),
    ]

    return {
        "manage/staff.html": {"staff": staff, "places": PLACES, **FORM},
    }
