"""What people do with their money: buy, change a card, answer their bank, cancel, fall short."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from billing.cards import cards
from billing.models import Invoice
from billing.payments import confirmations
from billing.sales import checkout, early_start
from config.calendar import add_months, day_bounds
from config.db import db, run_txn
from demo.life import Life
from demo.world import session_of
from membership.agreements import consent_words, consents
from membership.journey import declines
from membership.models import Consent

ADDRESS, AGENT = "127.0.0.1", "demo"
CLOSES_THE_TAB = 0.15
NEW_CARD = "pm_card_mastercard"


def pay(life: Life, page: str) -> None:
    """Pay on a hosted page, and sometimes close the tab before it leads back."""
    life.world.pay(page, returns=life.rng.random() >= CLOSES_THE_TAB)
    life.count("payments on a page")


def buy_pack(life: Life, code: str) -> bool:
    """Buy a pack; whether it was sold to them."""
    pages: list[str] = []

    def sell() -> None:
        page = checkout.sell_pack(
            member_id=life.member_id,
            pack_version_id=life.story.group.packs[code],
            location_id=life.home.id,
            gateway=life.gateway,
            now=life.world.now,
        )
        pages.append(page)

    if not life.tries(code, sell):
        return False
    pay(life, pages[0])
    return True


def buy_plan(life: Life, code: str) -> bool:
    """Agree to a plan without a starter before it, and pay its first period."""
    if life.plan() is not None:
        return False
    consent = run_txn(lambda: _agree(life, life.story.group.plans[code]))
    page = checkout.sell_plan(
        member_id=life.member_id,
        plan_version_id=life.story.group.plans[code],
        location_id=life.home.id,
        consent_id=consent.id,
        gateway=life.gateway,
        now=life.world.now,
    )
    pay(life, page)
    life.count(code)
    return True


def new_card(life: Life) -> None:
    """Put another card on file; what is open is collected with it at once."""
    page = cards.update_url(
        life.member_id, location=life.home, gateway=life.gateway, now=life.world.now
    )
    session_id = session_of(page)
    life.world.stripe.control("POST", f"checkout/{session_id}/complete_setup", {"token": NEW_CARD})
    cards.finish_setup(session_id, gateway=life.gateway, now=life.world.now)
    life.count("new cards")


def answer_bank(life: Life) -> None:
    """Follow the link in the mail, and tell the bank that it is them."""
    invoice_id = db.session.scalar(
        sa.select(Invoice.id)
        .where(Invoice.member_id == life.member_id, Invoice.state == "open")
        .order_by(Invoice.issued_on)
        .limit(1)
    )
    if invoice_id is None or confirmations.asked(invoice_id) is None:
        return
    page = confirmations.begin(invoice_id, gateway=life.gateway, now=life.world.now)
    if page is not None:
        intent_id = page.partition("?")[0].rpartition("/")[2]
        life.world.stripe.control("POST", f"payment_intents/{intent_id}/authenticate")
        confirmations.look(invoice_id, gateway=life.gateway, now=life.world.now)
    life.count("answers to a bank")


def take_consent_back(life: Life) -> None:
    """Change one's mind before the plan begins: by the click in the letter, or on one's page."""
    consent = waiting_consent(life)
    if consent is None:
        return
    by, now, pack_id = life.self_service, life.world.now, consent.member_pack_id
    if pack_id is not None and life.rng.random() < 0.5:
        life.tries(
            "plans declined by a click",
            lambda: run_txn(lambda: declines.decline(pack_id, by=by, now=now)),
        )
        return
    life.tries(
        "consents taken back",
        lambda: run_txn(
            lambda: consents.withdraw(consent.id, member_id=life.member_id, by=by, now=now)
        ),
    )


def start_sooner(life: Life) -> None:
    """Begin the plan that was agreed to before its day, and pay its first period now."""
    consent = waiting_consent(life)
    if consent is None or consent.member_pack_id is None:
        return
    pages: list[str] = []

    def sell() -> None:
        found = early_start.offered(life.member_id, now=life.world.now).consent
        page = checkout.sell_plan(
            member_id=life.member_id,
            plan_version_id=found.plan_version_id,
            location_id=found.location_id,
            consent_id=found.id,
            gateway=life.gateway,
            now=life.world.now,
        )
        pages.append(page)

    if life.tries("plans started sooner", sell):
        pay(life, pages[0])


def waiting_consent(life: Life) -> Consent | None:
    """The agreement to a plan that has not begun, if any."""
    given = sa.select(Consent).where(Consent.member_id == life.member_id, Consent.state == "given")
    return db.session.scalars(given.order_by(Consent.id.desc()).limit(1)).first()


def befall(life: Life, anchor: date) -> None:
    """Let what troubles their card begin the day before one of the next renewals."""
    fails_on = add_months(anchor, life.rng.randint(1, 4), anchor_day=anchor.day)
    begins = _start_of(life, fails_on - timedelta(days=1))
    if life.habit.trouble == "short_of_funds":
        _bank_says(life, {"outcome": "insufficient_funds", "times": life.rng.randint(1, 2)}, begins)
    elif life.habit.trouble == "gone":
        _bank_says(life, {"outcome": "do_not_honor"}, begins)
    elif life.habit.trouble == "bank_asks":
        # Once without the member, and once more when they are there.
        _bank_says(life, {"outcome": "authentication_required", "times": 2}, begins)
        life.on(fails_on + timedelta(days=life.rng.randint(0, 2)), lambda: answer_bank(life))
    elif life.habit.trouble == "card_expired":
        step = {"outcome": "expired_card", "from": begins}
        life.world.script(life.member_id, [step], card_only=True)
        life.on(fails_on + timedelta(days=life.rng.randint(1, 9)), lambda: new_card(life))


def refuse_from(life: Life, day: date) -> None:
    """Have their bank refuse everything from a day on."""
    _bank_says(life, {"outcome": "generic_decline"}, _start_of(life, day))


def _bank_says(life: Life, step: dict[str, Any], begins: str) -> None:
    life.world.script(life.member_id, [{**step, "from": begins}], card_only=False)


def _start_of(life: Life, day: date) -> str:
    begins, _ = day_bounds(day, life.home.zone)
    return begins.isoformat()


def _agree(life: Life, plan_version_id: UUID) -> Consent:
    wording = consent_words.wording(
        plan_version_id=plan_version_id,
        location_id=life.home.id,
        pack_version_id=None,
        on=life.today,
    )
    return consents.give(
        member_id=life.member_id,
        plan_version_id=plan_version_id,
        location_id=life.home.id,
        tax_cents=wording.tax_cents,
        text=wording.text,
        text_version=wording.version,
        member_pack_id=None,
        now=life.world.now,
        by_account_id=life.account_id,
        address=ADDRESS,
        agent=AGENT,
    )
