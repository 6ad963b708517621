"""Promotion codes as a report, and what one would do to the prices of a studio."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from billing.sales import promo_list, quotes
from billing.sales.promo_list import Listed
from config.errors import Refused
from config.formats import day, money, percent
from locations import places
from locations.models import Location
from locations.tables import Column, Row, Table, summed
from membership.catalogue import catalog
from membership.models import PromoCode
from membership.rules.catalog import PackTerms
from membership.rules.discount import Code

COLUMNS = (
    Column("code", "Code", "text"),
    Column("name", "Name", "text"),
    Column("takes_off", "Takes off", "text"),
    Column("valid_from", "From", "day"),
    Column("until", "Until", "text"),
    Column("who", "For", "text"),
    Column("used", "Used", "count"),
    Column("off_cents", "Taken off so far"),
)


@dataclass(frozen=True, slots=True)
class Example:
    """A product at its list price and with a code, or why the code is not for it."""

    name: str
    list_cents: int
    off_cents: int
    tax_cents: int
    total_cents: int
    refusal: str


def table(currency: str) -> Table:
    """Every code with how often it was used, the newest first."""
    rows = [Row(_values(one)) for one in promo_list.listed()]
    return Table(COLUMNS, rows, currency, summed(rows, ["used", "off_cents"]))


def examples(code: Code, place: Location, *, now: datetime) -> list[Example]:
    """What a code makes of each pack and first period on a studio's price list today."""
    offers = catalog.offers(place.id, places.business_date(place, now))
    found: list[Example] = []
    for terms in (*offers.packs, *offers.plans):
        try:
            if isinstance(terms, PackTerms):
                amounts = quotes.pack(terms, location=place, now=now, code=code)
            else:
                amounts = quotes.plan(terms, location=place, now=now, code=code)
        except Refused as refused:
            found.append(Example(terms.name, terms.price_cents, 0, 0, 0, refused.message))
            continue
        off_cents = sum(less.amount_cents for less in amounts.discounts)
        found.append(
            Example(
                terms.name,
                terms.price_cents,
                off_cents,
                amounts.tax_cents,
                amounts.total_cents,
                "",
            )
        )
    return found


def takes_off(row: PromoCode) -> str:
    """What comes off, as people read it: "$20.00", "15%"."""
    if row.amount_cents is not None:
        return money(row.amount_cents, str(row.currency))
    return percent(row.percent_ppm or 0)


def _values(one: Listed) -> dict[str, object]:
    row = one.row
    return {
        "code": row.code,
        "name": row.name,
        "takes_off": takes_off(row),
        "valid_from": row.valid_from,
        "until": day(row.valid_until) if row.valid_until else "Until it is ended",
        "who": row.group_name or "Everybody",
        "used": one.used,
        "off_cents": one.off_cents,
    }
