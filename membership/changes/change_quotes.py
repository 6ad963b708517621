"""What another plan would cost: read here, computed by the rules, shown and billed alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from config.calendar import Cycle
from config.db import db
from config.errors import NotFound, Refused
from config.formats import day, money
from locations import places
from membership.catalogue import catalog
from membership.changes import change_rows
from membership.credits import rollover
from membership.models import Consent, Membership
from membership.plans import plan_charges, running_period
from membership.rules import change_quotes
from membership.rules import changes as rules
from membership.rules.catalog import PlanTerms
from membership.rules.change_quotes import NowQuote, RenewalQuote, Running
from membership.rules.change_words import Asked, wording


@dataclass(frozen=True, slots=True)
class Quote:
    """A change both ways; `now` is none where it may only begin with a renewal.

    The texts are what the member agrees to, word for word. `deferred_cents` is what the running
    period still holds undelivered.
    """

    membership_id: UUID
    held_code: str
    held_name: str
    held_allowance: int | None
    deferred_cents: int
    to: PlanTerms
    kind: rules.Kind
    place_name: str
    location_id: UUID
    renewal: RenewalQuote
    renewal_text: str
    now: NowQuote | None
    now_text: str | None
    is_covered: bool


def targets(membership: Membership, *, on: date) -> list[PlanTerms]:
    """Plans that this membership could change to where it will be billed, by rank."""
    offers = catalog.offers(billed_at(membership), on)
    return [
        terms
        for terms in offers.plans
        if terms.plan_version_id != membership.plan_version_id
        and terms.currency == membership.currency
    ]


def quote(membership: Membership, to_version_id: UUID, *, on: date) -> Quote:
    """Both ways to change to a plan that is on sale where the membership is billed next.

    Raises Refused("same_plan"), Refused("not_sold_here"), Refused("other_currency").
    """
    here = billed_at(membership)
    if to_version_id == membership.plan_version_id:
        raise rules.refuse("same_plan")
    if not any(p.plan_version_id == to_version_id for p in catalog.offers(here, on).plans):
        raise rules.refuse("not_sold_here")
    return _quoted(membership, catalog.plan_terms(to_version_id, here), here, on)


def quote_move(membership: Membership, location_id: UUID) -> RenewalQuote:
    """What the next renewal charges when it is billed elsewhere: the plan that is to be held
    then, at that studio's price and tax. Raises Refused("not_sold_here").
    """
    return _renewal(membership, moved_terms(membership, location_id), location_id)


def moved_terms(membership: Membership, location_id: UUID) -> PlanTerms:
    """The plan that is to be held from the next renewal on, as another studio sells it."""
    pending = change_rows.pending_of(membership.id)
    version_id = pending.to_version_id if pending else membership.plan_version_id
    try:
        terms = catalog.plan_terms(version_id, location_id)
    except NotFound as missing:
        raise rules.refuse("not_sold_here") from missing
    if terms.currency != membership.currency:
        raise rules.refuse("other_currency")
    return terms


def move_text(membership: Membership, location_id: UUID) -> str:
    """What a member agrees to who moves to a studio where the plan costs more."""
    terms = moved_terms(membership, location_id)
    return _text(terms, location_id, _renewal(membership, terms, location_id), None)


def billed_at(membership: Membership) -> UUID:
    """Where the next renewal is billed: a pending move of the home counts already."""
    pending = change_rows.pending_of(membership.id)
    return pending.location_id if pending else membership.location_id


def is_covered(membership: Membership, renewal: RenewalQuote) -> bool:
    """Whether what was agreed to for this membership covers the charge of a renewal."""
    held = plan_charges.on_day(
        membership.price_cents,
        location_id=membership.location_id,
        on=renewal.on,
        member_id=membership.member_id,
    ).total_cents
    pending = change_rows.pending_of(membership.id)
    given = {membership.consent_id, pending.consent_id if pending else None} - {None}
    agreed = [
        consent.price_cents + consent.tax_cents
        for consent in db.session.scalars(sa.select(Consent).where(Consent.id.in_(given)))
    ]
    total = renewal.charge.total_cents
    return rules.is_covered(total_cents=total, agreed_total_cents=max(held, *agreed, 0))


def _quoted(membership: Membership, to: PlanTerms, location_id: UUID, on: date) -> Quote:
    held = running_period.running(membership, on=on)
    renewal = _renewal(membership, to, location_id)
    now = _now(membership, held, to, on)
    _, plan = running_period.version_and_plan(membership.plan_version_id)
    kind = change_quotes.kind_of(held, to)
    return Quote(
        membership_id=membership.id,
        held_code=plan.code,
        held_name=plan.name,
        held_allowance=held.allowance,
        deferred_cents=held.deferred_cents,
        to=to,
        kind=kind,
        place_name=places.get(location_id).name,
        location_id=location_id,
        renewal=renewal,
        renewal_text=_text(to, location_id, renewal, None),
        now=now,
        now_text=_text(to, location_id, renewal, now) if now else None,
        is_covered=kind != "interval" and is_covered(membership, renewal),
    )


def _now(membership: Membership, held: Running, to: PlanTerms, on: date) -> NowQuote | None:
    """Today is offered where the plan is billed now, and not on the day that renews it anyway."""
    if billed_at(membership) != membership.location_id or not held.start <= on < held.end:
        return None
    new_end = Cycle(on, to.interval, on.day).period(0).end
    try:
        rate = running_period.rate_at(membership.location_id, on=on, member_id=membership.member_id)
        return change_quotes.now_quote(held, to, rate=rate, on=on, new_end=new_end)
    except Refused:
        return None


def _renewal(membership: Membership, to: PlanTerms, location_id: UUID) -> RenewalQuote:
    at = membership.next_due_on
    loss = rollover.preview(membership.id, period_end=at, cap=to.rollover_cap)
    charge = change_quotes.part(
        to.price_cents, running_period.rate_at(location_id, on=at, member_id=membership.member_id)
    )
    return RenewalQuote(at, charge, loss.sessions, loss.cents)


def _text(to: PlanTerms, location_id: UUID, renewal: RenewalQuote, now: NowQuote | None) -> str:
    begins = now.until if now else renewal.on
    rate = renewal.charge.rate if now is None else now.taken.rate
    whole = change_quotes.part(to.price_cents, rate)
    return wording(
        Asked(
            plan_name=to.name,
            place_name=places.get(location_id).name,
            sessions=to.allowance,
            interval_count=to.interval.count,
            interval_unit=to.interval.unit,
            price=money(whole.net_cents, to.currency),
            tax=money(whole.tax_cents, to.currency),
            total=money(whole.total_cents, to.currency),
            overage=money(to.overage_cents, to.currency) if to.overage_cents else None,
            from_day=day(begins),
            today=money(now.total_cents, to.currency) if now else None,
        )
    )
