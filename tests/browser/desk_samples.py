"""A member's card at the desk and what hangs on it, with made-up figures."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace as Facts
from typing import Any
from uuid import UUID

from markupsafe import Markup

from config.errors import FieldProblem
from config.pages import FormState

NAME = "Anna-Maria Wolfeschlegelsteinhausenbergerdorff"
SEEN = Facts(
    place=Facts(id=UUID(int=1), slug="sea", name="Seattle", currency="USD"),
    member=Facts(member_id=UUID(int=7), name=NAME),
    kept={"location": "sea", "q": "anna@example.com"},
    path=lambda *more: "/" + "/".join(more),
)
QR = Markup('<svg width="145" height="145"><path d="M0 0h9"/></svg>')
WRONG = FormState(
    {"text": "typed", "sessions": "99", "reason": "because"},
    (FieldProblem("/text", "Shorter, please."), FieldProblem("/sessions", "From 1 to 12.")),
    "Some of this needs another look.",
)


def samples() -> dict[str, dict[str, Any]]:
    """A context for each page."""
    amounts = Facts(lines=[_line()], total_cents=9932)
    sale = Facts(lines=("Booster 3",), place_name="Seattle", currency="USD", state="waiting")
    sale.net_cents, sale.tax_cents, sale.total_cents = 9000, 932, 9932
    paid, over = (Facts(**{**vars(sale), "state": state}) for state in ("paid", "over"))
    selling = {"seen": SEEN, "title": "Booster 3", "amounts": amounts, "currency": "USD"}
    selling |= {"refusal": None, "card": "Visa •••• 4242", "fields": {"pack": "p", "seen": 3}}
    selling |= {"action": "/sold", "back_url": "/back", "code_for": "p", "code": "SPRING"}
    selling |= {"lines": [("Booster 3", 11000), ("Less: Spring", -2000)]}
    code = {"sale": sale, "link": "https://taper.example/phone/" + "x" * 60, "drawing": QR}
    code |= {"card_url": "/card", "look_url": "/look"}
    one = Facts(id=UUID(int=5), certificate="R-" + "1" * 48, ground="A church " * 12)
    one.valid_from, one.valid_until, one.revoked_at = date(2027, 1, 1), date(2027, 12, 31), None
    gone = Facts(**{**vars(one), "revoked_at": datetime(2027, 2, 1, tzinfo=UTC)})
    certificates = {"seen": SEEN, "found": [one, gone], "action": "/sent", "end_url": "/end"}
    certificates |= {"back_url": "/back", "form": FormState({})}
    comp = {"seen": SEEN, "most": 4, "given": 1, "days": 30, "valid_days": 90, "action": "/comp"}
    comp |= {"back_url": "/back", "form": FormState({})}
    past = {"seen": SEEN, "visits": [_visit(1, undone=False), _visit(2, undone=True)]}
    past |= {"action": lambda: lambda visit_id: f"/{visit_id}", "back_url": "/back"}
    return {
        "desk/member.html": _card(),
        "desk/member.html@empty": _card() | _nothing(),
        "desk/member.html@wrong": _card() | {"form": WRONG},
        "desk/sell.html": selling,
        "desk/sell.html@refused": selling | {"refusal": "Boosters go with a plan."},
        "desk/code.html": code,
        "desk/code.html@paid": code | {"sale": paid},
        "desk/exempt.html": certificates,
        "desk/exempt.html@none": certificates | {"found": []},
        "desk/comp.html": comp,
        "desk/comp.html@wrong": comp | {"form": WRONG},
        "desk/visits.html": past | {"form": FormState({})},
        "billing/phone.html": {"sale": sale, "action": "/pay"},
        "billing/phone.html@over": {"sale": over, "action": "/pay"},
        "member/visits.html": {"moments": _moments(), "older": "/older"},
        "member/visits.html@empty": {"moments": []},
    }


def _card() -> dict[str, Any]:
    found = Facts(member_id=UUID(int=7), name=NAME, light="amber", allowed=True, visitor=True)
    found.holds, found.consumes = "Maintenance 2 · 1 of 2 left", "Takes one session."
    found.reason, found.request_key = "The last payment is open.", "k" * 32
    use = Facts(name="Maintenance 2", left=1, valid_until=date(2027, 2, 4), here_only=True)
    use.not_now = None
    other = Facts(name="Booster 3", left=3, valid_until=None, here_only=False, not_now="Not yet.")
    charge = Facts(on=date(2027, 2, 4), total_cents=8718, currency="USD")
    plan = Facts(name="Maintenance 2", place_name="Seattle", status="grace", ends_on=None)
    plan.status_text, plan.next_charge = "Payment open", charge
    pack = Facts(terms=Facts(name="Booster 3", sessions=3, pack_version_id=UUID(int=5)))
    pack.amounts, pack.refusal = Facts(total_cents=9932), None
    both = Facts(sessions=3, overage_cents=11586, booster_cents=9932, saves_cents=1654)
    both.booster_is_cheaper = True
    card = Facts(found=found, uses=[use, other], plan=plan, conversion=None, cleared=False)
    card.standing, card.latest = Facts(grant_id=UUID(int=3)), [_visit(1, undone=True)]
    card.hold = Facts(running=False, start=date(2027, 3, 1), end=date(2027, 3, 20))
    card.change = Facts(plan_name="Maintenance 4", effective_on=date(2027, 2, 4), unpaid=False)
    card.note = Facts(text="Prefers mornings.", by="Mia", at=datetime(2027, 1, 4, 20, tzinfo=UTC))
    options = Facts(packs=(pack,), comparison=both, booster=pack)
    options.extra = Facts(amounts=Facts(total_cents=3862))
    return {
        "seen": SEEN,
        "place": SEEN.place,
        "card": card,
        "options": options,
        "owed": Facts(total_cents=8718, currency="USD"),
        "home": "Tacoma",
        "zone": "America/Los_Angeles",
        "actions": [("Give sessions for free", "/comp")],
        "warning": "Nothing about health.",
        "most_note": 500,
        "may_note": True,
        "may_sell": True,
        "address": lambda: lambda *more, **query: "/" + "/".join(more),
        "form": FormState({}),
    }


def _nothing() -> dict[str, Any]:
    found = Facts(member_id=UUID(int=7), name=NAME, light="red", allowed=False, visitor=False)
    found.holds, found.consumes, found.reason, found.request_key = "", "", "No pack yet.", "k"
    card = Facts(found=found, uses=[], plan=None, conversion=None, cleared=True, note=None)
    card.standing, card.latest, card.hold, card.change = Facts(grant_id=None), [], None, None
    options = Facts(packs=(), comparison=None, booster=None, extra=None)
    return {"card": card, "options": options, "owed": None, "actions": [], "may_note": False}


def _line() -> Facts:
    line = Facts(description="Booster 3", net_cents=9000, tax_name="Seattle sales tax")
    line.tax_cents = 932
    return line


def _visit(n: int, *, undone: bool) -> Facts:
    return Facts(
        id=UUID(int=n), on=date(2027, 1, n), place_name="Seattle", what="MAINT-2", undone=undone
    )


def _moments() -> list[Facts]:
    told = Facts(on=date(2027, 1, 4), text="You used", sessions=-1, what="Starter 3")
    told.place_name, told.reason, told.undone = "Seattle", None, True
    gift = Facts(on=date(2027, 1, 5), text="You received", sessions=2, what="For free")
    gift.place_name, gift.reason, gift.undone = "Seattle", "The chamber was down.", False
    came = Facts(
        on=date(2027, 1, 6), text="You came, on your plan", sessions=None, what="Unlimited"
    )
    came.place_name, came.reason, came.undone = "Tacoma", None, False
    return [told, gift, came]
