"""What more sessions cost a member at a desk today: one by one, or in packs; with tax."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from billing.invoices import extras
from billing.rules import options as rule
from billing.rules.invoice import InvoiceAmounts
from billing.rules.options import Comparison
from billing.sales import quotes
from config.errors import Refused
from locations import tax_rates
from locations.models import Location
from membership.catalogue import catalog
from membership.packs import pack_offers
from membership.rules.catalog import PackTerms
from membership.rules.visit_values import CheckInPreview
from membership.visits import overage
from membership.visits.overage import Offer

SOLD = ("extension", "booster", "drop_in", "starter")


@dataclass(frozen=True, slots=True)
class PackOption:
    """A pack on the price list here; `refusal` says why it is not for this member."""

    terms: PackTerms
    amounts: InvoiceAmounts
    refusal: str | None


@dataclass(frozen=True, slots=True)
class ExtraOption:
    """One session beyond the allowance, with its tax."""

    offer: Offer
    amounts: InvoiceAmounts


@dataclass(frozen=True, slots=True)
class Options:
    """All of them; `extra_refusal` says why no single session is sold, `comparison` is the
    booster that saves most against single ones, where both may be bought.
    """

    packs: tuple[PackOption, ...]
    extra: ExtraOption | None
    extra_refusal: str | None
    comparison: Comparison | None
    booster: PackOption | None


def of_member(
    member_id: UUID, standing: CheckInPreview, *, place: Location, on: date, now: datetime
) -> Options:
    """Everything that may be sold to a member at a desk now, as the till would bill it."""
    packs = pack_options(member_id, place=place, on=on, now=now)
    extra: ExtraOption | None = None
    refusal: str | None = None
    try:
        extra = _extra(
            overage.of_standing(member_id, standing, place=place, on=on), place, on, member_id
        )
    except Refused as refused:
        refusal = refused.message
    comparison, booster = _cheapest(packs, extra)
    return Options(packs, extra, refusal, comparison, booster)


def extra_for(member_id: UUID, *, place: Location, on: date) -> ExtraOption:
    """One session beyond the allowance. Raises Refused by name where there is none."""
    return _extra(overage.offer(member_id, location_id=place.id, on=on), place, on, member_id)


def pack_options(
    member_id: UUID, *, place: Location, on: date, now: datetime
) -> tuple[PackOption, ...]:
    """The packs on the price list here, in the order in which a desk needs them.

    One whose tax is not known here cannot be billed, so it is not offered.
    """
    listed = sorted(catalog.offers(place.id, on).packs, key=lambda terms: SOLD.index(terms.kind))
    refusals = pack_offers.refusals(member_id, on=on)
    rates = tax_rates.in_force(place.id, on=on)
    return tuple(
        PackOption(
            terms,
            quotes.pack(terms, location=place, now=now, member_id=member_id),
            refusals[terms.kind],
        )
        for terms in listed
        if "pack" in rates
    )


def _extra(offer: Offer, place: Location, on: date, member_id: UUID) -> ExtraOption:
    amounts = extras.quote(
        "overage",
        offer.net_cents,
        product=offer.product,
        description=offer.description,
        location=place,
        on=on,
        member_id=member_id,
    )
    return ExtraOption(offer, amounts)


def _cheapest(
    packs: tuple[PackOption, ...], extra: ExtraOption | None
) -> tuple[Comparison | None, PackOption | None]:
    boosters = [one for one in packs if one.terms.kind == "booster" and one.refusal is None]
    if extra is None or not boosters:
        return None, boosters[0] if boosters else None
    compared = [
        (
            rule.compare(
                sessions=one.terms.sessions,
                overage_each_cents=extra.amounts.total_cents,
                booster_cents=one.amounts.total_cents,
            ),
            one,
        )
        for one in boosters
    ]
    return max(compared, key=lambda pair: pair[0].saves_cents)
