"""What a hand at the database could break of each of the doctor's promises."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from billing.models import (
    BillingRun,
    CreditNote,
    Dispute,
    Dunning,
    Invoice,
    InvoiceLine,
    Payment,
    PaymentAttempt,
    Refund,
    TaxedMonth,
    WebhookEvent,
)
from config import clock as time_of
from config.base import Base
from config.db import db, dialect
from config.ids import new_id
from config.migrations import guards
from locations.models import LedgerDetail, Posting, Settlement
from membership.models import (
    Charge,
    Consent,
    CreditEntry,
    CreditGrant,
    Hold,
    MembershipPeriod,
    MrrMove,
    PlanChange,
    TierSuggestion,
    Visit,
)
from tests.support.story import Story

Damage = Callable[[Story], None]
LONG_AGO_MS = -(10**9)


def unguarded() -> None:
    """As with a hand at the database that stops at nothing."""
    if dialect() == "postgresql":
        run(sa.text("SET LOCAL session_replication_role = replica"))
        return
    run(sa.text("PRAGMA defer_foreign_keys = ON"))
    for guard in guards.guards():
        run(sa.text(f"DROP TRIGGER {guard.name}"))


def run(statement: sa.Executable) -> None:
    """Past the unit of work, in the transaction at hand."""
    db.session.execute(statement, execution_options={"synchronize_session": False})


def change(model: type[Base], *where: sa.ColumnElement[bool], **values: Any) -> Damage:
    """Rows become what they are not."""
    return lambda _: run(sa.update(model).where(*where).values(**values))


def _settled_by_nobody(story: Story) -> None:
    sea, tac = story.place("sea").id, story.place("tac").id
    row = Settlement(
        id=new_id(), from_location_id=sea, to_location_id=tac, amount_cents=5000, currency="USD",
        paid_on=story.today("sea"), reference="?", at=time_of.now(),
    )  # fmt: skip
    db.session.add(row)


def _a_letter_left_lying(_: Story) -> None:
    db.session.add(_letter(state="new", tries=21))


def _a_letter_of_the_other_mode(_: Story) -> None:
    db.session.add(_letter(state="done", live_mode=True))


def _refunded_what_a_bank_holds(_: Story) -> None:
    held = db.session.scalars(sa.select(Dispute)).one()
    later = held.opened_at.replace(year=2028)
    run(sa.update(Refund).values(payment_id=held.payment_id, sent_at=later))


def _stepped_down_untold(_: Story) -> None:
    made = db.session.scalars(sa.select(PlanChange)).one()
    made.kind = "step_down"
    row = TierSuggestion(
        id=new_id(), membership_id=made.membership_id, kind="step_down", state="made",
        to_version_id=made.to_version_id, made_on=made.effective_on,
        quiet_until=made.effective_on, plan_change_id=made.id,
    )  # fmt: skip
    db.session.add(row)


def _posted_twice(_: Story) -> None:
    """A constraint forbids it: the same rows twice, in a table that has none."""
    rest = "" if dialect() == "sqlite" else " CASCADE"
    for statement in (
        "CREATE TABLE bare AS SELECT * FROM journal_entry UNION ALL SELECT * FROM journal_entry",
        f"DROP TABLE journal_entry{rest}",
        "ALTER TABLE bare RENAME TO journal_entry",
    ):
        run(sa.text(statement))


def _letter(**values: Any) -> WebhookEvent:
    now = time_of.now()
    row = {"live_mode": False, "tries": 0, "payload": {}, "received_at": now, "next_try_at": now}
    return WebhookEvent(**row | {"id": "evt", "type": "charge.updated", "object_id": "ch"} | values)


_RESTING = sa.select(Hold.membership_id).scalar_subquery()

DAMAGES: dict[str, Damage] = {
    "B3": change(InvoiceLine, InvoiceLine.n == 1, net_cents=InvoiceLine.net_cents + 1),
    "B4": change(Invoice, Invoice.reason == "renewal", number_seq=Invoice.number_seq + 100),
    "B8": change(
        CreditNote,
        net_cents=CreditNote.net_cents + 1,
        total_cents=CreditNote.total_cents + 1,
    ),
    "C2": change(PaymentAttempt, PaymentAttempt.state == "succeeded", intent_id=None),
    "C3": change(
        PaymentAttempt,
        PaymentAttempt.state == "succeeded",
        state="sending",
        lease_until_ms=LONG_AGO_MS,
    ),
    "C4": change(
        Invoice,
        Invoice.reason == "renewal",
        Invoice.state == "paid",
        paid_cents=Invoice.paid_cents - 1,
    ),
    "C5": change(Dunning, tries=99),
    "D2": _refunded_what_a_bank_holds,
    "E3-hold": change(Visit, Visit.membership_id == _RESTING, business_date=date(2027, 4, 12)),
    "E6": change(CreditGrant, CreditGrant.value_cents > 0, source_type="comp"),
    "I5": change(Charge, Charge.kind == "refund_owed", state="invoiced"),
    "J1": change(BillingRun, state="running", lease_until_ms=LONG_AGO_MS),
    "K3": change(CreditEntry, CreditEntry.kind == "redeem", kind="restore"),
    "L2": _posted_twice,
    "L23": _settled_by_nobody,
    "L5": change(Posting, Posting.account == "receivable", amount_cents=Posting.amount_cents + 1),
    "L6": change(Payment, Payment.tender == "card", amount_cents=Payment.amount_cents + 1),
    "L7-lines": change(
        LedgerDetail,
        LedgerDetail.account == "deferred_sessions",
        credit_cents=LedgerDetail.credit_cents + 1,
    ),
    "L24": change(TaxedMonth, base_cents=TaxedMonth.base_cents + 1),
    "L9": change(InvoiceLine, tax_cents=InvoiceLine.tax_cents + 1),
    "M1": change(MrrMove, delta_cents=MrrMove.delta_cents + 1),
    "N1": change(Consent, Consent.member_pack_id.is_not(None), state="withdrawn"),
    "N4": _stepped_down_untold,
    "P1": change(PlanChange, state="undone"),
    "P2": change(Consent, Consent.id.in_(sa.select(PlanChange.consent_id)), state="withdrawn"),
    "P3": change(MembershipPeriod, location_id=UUID(int=1)),
    "S2-disputes": change(Dispute, amount_cents=Dispute.amount_cents + 1),
    "S3": _a_letter_of_the_other_mode,
    "S4": change(Refund, stripe_id="re_lost"),
    "W1": _a_letter_left_lying,
}
