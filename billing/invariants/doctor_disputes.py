"""Invariants of disputes: the books hold what banks hold, and what was bought with it rests."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta

import sqlalchemy as sa

from billing import accounts
from billing.gateway import DisputeSeen, Gateway, GatewayRefused, OutcomeUnknown, Throttled
from billing.models import Dispute, DisputeAnswer, Invoice, Payment, Refund
from billing.payments.collect import collecting
from billing.rules import dispute as rule
from billing.rules.dispute import HELD
from config import clock
from config.db import db
from config.doctor import Doctor, breach, differing
from config.errors import Unavailable
from locations.models import Posting
from membership.models import MemberPack, Membership

UNKNOWN = timedelta(hours=20)


def register(doctor: Doctor) -> None:
    """Add the invariants of disputes to the doctor."""
    doctor.register(
        "L6-disputed", "disputed = what banks hold of open disputes, per location", _held
    )
    doctor.register(
        "D1",
        "what a disputed payment bought rests, and ends when it is lost",
        _plans_go_on,
        _packs_go_on,
        _rest_for_nothing,
        _outlive,
    )
    doctor.register("D2", "nothing is refunded that a bank holds or gave back", _paid_twice)
    doctor.register(
        "D3", "an answer to a bank is noted, or known within 20 hours", _unnoted, _unanswered
    )


def register_stripe(doctor: Doctor) -> None:
    """Add the check that asks Stripe; it belongs to `taper doctor --stripe` alone."""
    doctor.register("S2-disputes", "disputes at Stripe are ours, both ways", _at_stripe)


@breach(
    lambda row: f"disputed of {row.location_id} is {row.said}, open disputes are over {row.meant}"
)
def _held() -> sa.Select:
    posted = (
        sa.select(Posting.location_id, sa.func.sum(Posting.amount_cents))
        .where(Posting.account == "disputed")
        .group_by(Posting.location_id)
    )
    still = sa.select(Dispute.location_id, Dispute.amount_cents).where(Dispute.state == "open")
    return differing(posted, still)


@breach(lambda row: f"plan {row.id} goes on while its payment is disputed")
def _plans_go_on() -> sa.Select:
    return (
        sa.select(Membership.id)
        .join(Dispute, Dispute.membership_id == Membership.id)
        .where(
            Dispute.state == "open",
            sa.or_(Membership.disputed_on.is_(None), Membership.status.in_(("active", "grace"))),
        )
    )


@breach(lambda row: f"pack {row.id} can be used while its payment is disputed")
def _packs_go_on() -> sa.Select:
    return (
        sa.select(MemberPack.id)
        .join(Invoice, sa.and_(Invoice.source_id == MemberPack.id, Invoice.reason == "pack"))
        .join(Dispute, Dispute.invoice_id == Invoice.id)
        .where(Dispute.state == "open", MemberPack.disputed_on.is_(None))
    )


@breach(lambda row: f"{row.id} rests for a dispute that nobody has")
def _rest_for_nothing() -> sa.Select:
    held = Dispute.state.in_(HELD)
    of_pack = sa.and_(Invoice.source_id == MemberPack.id, Invoice.reason == "pack")
    packs = sa.select(MemberPack.id).where(
        MemberPack.disputed_on.is_not(None),
        ~sa.exists().where(held, Dispute.invoice_id == Invoice.id, of_pack).correlate(MemberPack),
    )
    # A plan that never began ends with any dispute of its member.
    of_plan = sa.or_(
        Dispute.membership_id == Membership.id,
        sa.and_(Membership.started_on.is_(None), Dispute.member_id == Membership.member_id),
    )
    plans = sa.select(Membership.id).where(
        Membership.disputed_on.is_not(None), ~sa.exists().where(held, of_plan)
    )
    either = sa.union_all(packs, plans.where(Membership.started_on.is_not(None))).subquery()
    return sa.select(either.c.id)


@breach(lambda row: f"plan {row.id} is {row.status} after a dispute about it was lost")
def _outlive() -> sa.Select:
    return (
        sa.select(Membership.id, Membership.status)
        .join(Dispute, Dispute.membership_id == Membership.id)
        .where(Dispute.state == "lost", Membership.status != "ended")
    )


@breach(lambda row: f"refund {row.id} was sent of a payment that is disputed")
def _paid_twice() -> sa.Select:
    """While a bank decides nothing is sent; of what it took a part of, at most the rest."""
    beyond = sa.and_(
        Dispute.state == "lost",
        Payment.refunded_cents + Dispute.amount_cents > Payment.amount_cents,
    )
    return (
        sa.select(Refund.id)
        .join(Dispute, Dispute.payment_id == Refund.payment_id)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(
            Refund.tender == "card",
            Refund.state.in_(("pending", "succeeded")),
            sa.or_(Dispute.state == "open", beyond),
            Refund.sent_at > Dispute.opened_at,
        )
    )


@breach(lambda row: f"dispute {row.id} was answered, and shows nothing of it")
def _unnoted() -> sa.Select:
    return (
        sa.select(Dispute.id)
        .join(DisputeAnswer, DisputeAnswer.dispute_id == Dispute.id)
        .where(
            DisputeAnswer.state == "submitted",
            DisputeAnswer.about == "dispute",
            Dispute.evidence_noted_at.is_(None),
        )
    )


def _unanswered() -> Iterable[str]:
    too_old = clock.now() - UNKNOWN
    query = sa.select(DisputeAnswer.id).where(
        DisputeAnswer.state.in_(("ready", "sending")), DisputeAnswer.asked_at < too_old
    )
    for answer_id in db.session.scalars(query):
        yield f"answer {answer_id} has been on its way for over 20 hours"


def findings(
    gateway: Gateway, *, asked_at: datetime, names: Collection[str] | None = None
) -> Iterator[str]:
    """A sentence for each dispute that only one side knows, or that differs.

    `names` are those of this gateway's account; without them it is the only one. `asked_at` is
    before the call; what was opened later is left to the next look. Raises Unavailable where
    Stripe does not answer.
    """
    until = int(asked_at.timestamp()) + 1
    at_stripe = {one.id: one for one in _listed(gateway, until=until)}
    here = sa.true() if names is None else Dispute.stripe_account.in_(names)
    ours = {row.stripe_id: row for row in db.session.scalars(sa.select(Dispute).where(here))}
    for stripe_id in sorted(at_stripe.keys() | ours.keys()):
        seen, row = at_stripe.get(stripe_id), ours.get(stripe_id)
        if seen is None and row is not None:
            if row.opened_at < asked_at:
                yield f"dispute {row.id} is not known to Stripe as {stripe_id}"
        elif seen is not None and row is None:
            if rule.meaning(seen.status) != "closed" and _is_ours(seen):
                yield f"{stripe_id} is {seen.status} over {seen.amount_cents}, and not written down"
        elif seen is not None and row is not None:
            said = (seen.status, seen.amount_cents)
            ours_is = (row.state, seen.amount_cents if row.state == "closed" else row.amount_cents)
            if (rule.meaning(seen.status), seen.amount_cents) != ours_is:
                yield f"{stripe_id} is {said}, we wrote {(row.state, row.amount_cents)}"


def _at_stripe() -> Iterable[str]:
    for account in accounts.in_use(collecting().gateway):
        yield from findings(account.gateway, asked_at=clock.now(), names=account.names)


def _listed(gateway: Gateway, *, until: int) -> list[DisputeSeen]:
    try:
        return list(gateway.disputes_created(since=0, until=until))
    except (OutcomeUnknown, Throttled, GatewayRefused) as silence:
        raise Unavailable("stripe_unreachable", f"Stripe does not answer: {silence}") from silence


def _is_ours(seen: DisputeSeen) -> bool:
    """Another's charge at the same account is nothing of ours."""
    known = sa.exists().where(Payment.charge_id.in_((seen.charge_id, seen.intent_id or "")))
    return bool(db.session.scalar(sa.select(known)))
