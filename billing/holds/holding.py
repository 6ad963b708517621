"""Holds with their fee: quoted, asked for, and collected at once. An edge.

What the page shows and what is billed come from the same functions. The fee stays when somebody
returns early, and never locks a plan.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from billing.invoices import extras
from billing.payments import collect
from billing.recovery import retries
from billing.rules.invoice import InvoiceAmounts
from config import clock
from config.audit import Actor
from config.calendar import Period
from config.db import db, run_txn
from locations import places
from locations.models import Location
from membership.holds import hold_days, hold_preview, hold_steps, holds, medical_holds
from membership.holds.hold_preview import FeeTerms, Outlook
from membership.models import Hold, Membership
from membership.plans import one_offs

BATCH = 200


@dataclass(frozen=True, slots=True)
class HoldQuote:
    """What a hold means and what it costs today; `fee` is none where it costs nothing."""

    outlook: Outlook
    fee: InvoiceAmounts | None
    currency: str


def quote(membership_id: UUID, *, span: Period, on: date) -> HoldQuote:
    """A hold on these days. Raises what `ask` would raise."""
    outlook = hold_preview.of_new(membership_id, span=span, on=on)
    return _quoted(membership_id, outlook, days_before=0, on=on)


def quote_extension(membership_id: UUID, *, until: date, on: date) -> HoldQuote:
    """The running hold until a later day. Raises what `extend` would raise."""
    outlook = hold_preview.of_extension(membership_id, until=until)
    running = hold_steps.require_running(db.session.get_one(Membership, membership_id))
    days_before = (running.planned_end - running.start).days
    return _quoted(membership_id, outlook, days_before=days_before, on=on)


def ask(membership_id: UUID, *, span: Period, on: date, by: Actor) -> Hold:
    """Plan a hold and bill its fee in one commit, then collect it with the card on file."""

    def work() -> tuple[Hold, UUID | None]:
        now = clock.now()
        hold = holds.ask(membership_id, span=span, on=on, by=by, now=now)
        return hold, _bill(hold, hold.id, days_before=0, on=on, by=by, now=now)

    return _collected(work)


def extend(membership_id: UUID, *, until: date, on: date, by: Actor) -> Hold:
    """Let the running hold last longer; only what its days cost more is billed."""

    def work() -> tuple[Hold, UUID | None]:
        now = clock.now()
        hold, days_before, act_id = holds.extend(membership_id, until=until, by=by, now=now)
        return hold, _bill(hold, act_id, days_before=days_before, on=on, by=by, now=now)

    return _collected(work)


def return_early(membership_id: UUID, *, on: date, by: Actor) -> Hold:
    """Be back today: the rest of the days moves back, the fee stays."""

    def work() -> Hold:
        now = clock.now()
        hold = holds.return_early(membership_id, on=on, by=by, now=now)
        retries.rested(hold.membership_id, since=hold.start, until=hold.end)
        return hold

    return run_txn(work)


def call_off(membership_id: UUID, *, by: Actor) -> Hold:
    """Forget a hold that has not begun."""
    return run_txn(lambda: holds.call_off(membership_id, by=by, now=clock.now()))


def request_medical(
    plan: Membership, *, span: Period, why: str | None, on: date, by: Actor
) -> Hold:
    """Note that a medical hold is asked for, with what only the member reads again."""

    def work() -> Hold:
        now = clock.now()
        hold = medical_holds.request(plan.id, span=span, on=on, by=by, now=now)
        if why:
            medical_holds.keep_reason(hold, member_id=plan.member_id, text=why, now=now)
        return hold

    return run_txn(work)


def grant_medical(hold_id: UUID, *, on: date, by: Actor) -> Hold:
    """A manager grants a medical hold: no fee, whatever is owed rests."""
    return run_txn(lambda: medical_holds.grant(hold_id, on=on, by=by, now=clock.now()))


def decline_medical(hold_id: UUID, *, by: Actor) -> Hold:
    """A manager does not grant it; what was written with it is erased."""
    return run_txn(lambda: medical_holds.decline(hold_id, by=by, now=clock.now()))


def forget_reason(hold_id: UUID, *, member_id: UUID) -> bool:
    """The member erases why; what was granted stands. Whether there was something to erase."""
    return run_txn(lambda: medical_holds.forget_reason(hold_id, member_id=member_id))


def day(location: Location, *, on: date) -> int:
    """Begin the holds whose first day has come and end those that are over; how many."""
    if hold_days.idle(location.id, on=on):
        return 0

    def begun() -> int:
        return hold_days.start_due(location.id, on=on, now=clock.now(), limit=BATCH)

    def ended() -> int:
        over = hold_days.end_due(location.id, on=on, now=clock.now(), limit=BATCH)
        for hold in over:
            retries.rested(hold.membership_id, since=hold.start, until=hold.end)
        return len(over)

    return _until_done(begun) + _until_done(ended)


def _until_done(step: Callable[[], int]) -> int:
    moved = 0
    while (batch := run_txn(step)) > 0:
        moved += batch
        if batch < BATCH:
            break
    return moved


def _collected(work: Callable[[], tuple[Hold, UUID | None]]) -> Hold:
    hold, invoice_id = run_txn(work)
    if invoice_id is not None:
        collect.collect_now(invoice_id)
    return hold


def _quoted(membership_id: UUID, outlook: Outlook, *, days_before: int, on: date) -> HoldQuote:
    membership = db.session.get_one(Membership, membership_id)
    terms = hold_preview.fee_terms(membership, span=outlook.span, days_before=days_before)
    fee = _amounts(terms, member_id=membership.member_id, on=on) if terms.net_cents else None
    return HoldQuote(outlook, fee, terms.currency)


def _amounts(terms: FeeTerms, *, member_id: UUID, on: date) -> InvoiceAmounts:
    return extras.quote(
        "hold_fee",
        terms.net_cents,
        product=terms.product,
        description=terms.description,
        location=places.get(terms.location_id),
        on=on,
        member_id=member_id,
    )


def _bill(
    hold: Hold, source_id: UUID, *, days_before: int, on: date, by: Actor, now: datetime
) -> UUID | None:
    """The fee as an open invoice, in the caller's transaction; none where it costs nothing."""
    membership = db.session.get_one(Membership, hold.membership_id)
    span = Period(hold.start, hold.planned_end)
    terms = hold_preview.fee_terms(membership, span=span, days_before=days_before)
    if not terms.net_cents:
        return None
    charge = one_offs.owe(
        member_id=membership.member_id,
        membership_id=membership.id,
        location_id=terms.location_id,
        kind="hold_fee",
        source_id=source_id,
        product=terms.product,
        description=terms.description,
        net_cents=terms.net_cents,
        currency=terms.currency,
        due_on=on,
        consent_id=membership.consent_id,
        by_account_id=by.id,
        now=now,
    )
    return extras.issue(charge.id, on=on, now=now)
