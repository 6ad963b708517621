"""What may be bought on the way in, at today's price, and what may be agreed to with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from billing.rules.invoice import InvoiceAmounts
from billing.sales import quotes
from config.errors import Refused, invalid_field
from locations import places
from locations.models import Location
from membership.agreements import consent_words
from membership.agreements.consent_words import Wording
from membership.catalogue import catalog
from membership.plans import promos
from membership.rules.catalog import PackTerms, PlanTerms
from membership.rules.consents import Intro
from membership.rules.discount import Code

SOLD_ONLINE = ("starter", "booster", "drop_in")


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody is about to buy: a pack or a plan, with what it costs today.

    A promotion's `code` has made that cheaper, where one was given; one for the plan `after` a
    starter makes that cheaper, if it is agreed to.
    """

    terms: PackTerms | PlanTerms
    amounts: InvoiceAmounts
    code: Code | None = None
    after: Code | None = None

    @property
    def is_starter(self) -> bool:
        """Whether plans may be agreed to for the time after it."""
        return isinstance(self.terms, PackTerms) and self.terms.kind == "starter"

    @property
    def pack_version_id(self) -> UUID | None:
        """The pack's version; none for a plan."""
        return self.terms.pack_version_id if isinstance(self.terms, PackTerms) else None


def packs_on_sale(location: Location, *, now: datetime) -> list[Choice]:
    """Packs that are sold online here today; the starter first."""
    offers = catalog.offers(location.id, places.business_date(location, now))
    listed = [terms for terms in offers.packs if terms.kind in SOLD_ONLINE]
    listed.sort(key=lambda terms: SOLD_ONLINE.index(terms.kind))
    return [Choice(terms, quotes.pack(terms, location=location, now=now)) for terms in listed]


def plans_on_sale(location: Location, *, now: datetime) -> list[Choice]:
    """Plans that are sold here today, by rank."""
    offers = catalog.offers(location.id, places.business_date(location, now))
    return [Choice(terms, quotes.plan(terms, location=location, now=now)) for terms in offers.plans]


def chosen(choice: str, location: Location, *, now: datetime) -> Choice:
    """What "pack:<version>" or "plan:<version>" means today; Invalid where it is not on sale."""
    kind, _, version = choice.partition(":")
    listed = {"pack": packs_on_sale, "plan": plans_on_sale}.get(kind)
    for found in listed(location, now=now) if listed else ():
        if version == str(version_of(found.terms)):
            return found
    raise invalid_field("/choice", "Please choose one of these.")


def cheaper(
    choice: Choice,
    typed: str,
    location: Location,
    *,
    now: datetime,
    member_id: UUID | None = None,
) -> Choice:
    """The choice at the price that a promotion's code makes, if one was typed, and at the tax
    of a member who is known already.

    Refused by name where the code is neither for it nor, with a starter, for a plan after it.
    """
    code = promos.find(typed) if typed else None
    try:
        amounts = _quoted(choice.terms, code, location, now=now, member_id=member_id)
    except Refused:
        if code is None or not choice.is_starter or not _plans_for(code, location, now=now):
            raise
        amounts = _quoted(choice.terms, None, location, now=now, member_id=member_id)
        return Choice(choice.terms, amounts, after=code)
    return Choice(choice.terms, amounts, code)


def version_of(terms: PackTerms | PlanTerms) -> UUID:
    """The key of the immutable terms."""
    return terms.pack_version_id if isinstance(terms, PackTerms) else terms.plan_version_id


def wordings(
    choice: Choice, location: Location, *, now: datetime, member_id: UUID | None = None
) -> dict[UUID, Wording]:
    """The texts that may be agreed to with a purchase, by plan version, at the member's tax.

    After a starter any plan, or none; with a plan its own, and it must be.
    """
    plans: dict[UUID, Intro | None] = {}
    if isinstance(choice.terms, PlanTerms):
        plans[choice.terms.plan_version_id] = _intro(choice.code, choice.amounts)
    elif choice.is_starter:
        plans = {version_of(plan.terms): None for plan in plans_on_sale(location, now=now)}
    if choice.after is not None:
        cheaper_ones = _plans_for(choice.after, location, now=now, member_id=member_id)
        plans |= {id_: _intro(choice.after, found) for id_, found in cheaper_ones.items()}
    on = places.business_date(location, now)
    return {
        plan: consent_words.wording(
            plan_version_id=plan,
            location_id=location.id,
            pack_version_id=choice.pack_version_id,
            on=on,
            member_id=member_id,
            intro=intro,
        )
        for plan, intro in plans.items()
    }


def _intro(code: Code | None, amounts: InvoiceAmounts) -> Intro | None:
    """What a code makes of a plan's first charges, as its consent names it."""
    if code is None:
        return None
    period = amounts.lines[0]
    return Intro(code.code, code.periods, period.net_cents, period.tax_cents)


def _plans_for(
    code: Code, location: Location, *, now: datetime, member_id: UUID | None = None
) -> dict[UUID, InvoiceAmounts]:
    """The plans on sale here that a code makes cheaper, with what their first period costs."""
    found: dict[UUID, InvoiceAmounts] = {}
    for plan in plans_on_sale(location, now=now):
        try:
            amounts = _quoted(plan.terms, code, location, now=now, member_id=member_id)
        except Refused:
            continue
        found[version_of(plan.terms)] = amounts
    return found


def _quoted(
    terms: PackTerms | PlanTerms,
    code: Code | None,
    location: Location,
    *,
    now: datetime,
    member_id: UUID | None,
) -> InvoiceAmounts:
    if isinstance(terms, PackTerms):
        return quotes.pack(terms, location=location, now=now, code=code, member_id=member_id)
    return quotes.plan(terms, location=location, now=now, code=code, member_id=member_id)
