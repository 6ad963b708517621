"""What a promotion code takes off a price, before tax, and when it does. Touches nothing."""

from __future__ import annotations

from datetime import date
from typing import Literal, NamedTuple
from uuid import UUID

from config.errors import Refused
from config.money import PPM, half_up

Scope = Literal["packs", "plans"]

REFUSALS = {
    "code_unknown": "We do not know this code: please look at how it is written.",
    "code_not_yet": "This code is not valid yet.",
    "code_over": "This code is no longer valid.",
    "code_elsewhere": "This code is for another studio.",
    "code_for_others": "This code is not for this pack or plan.",
    "code_currency": "This code is in another currency than the price.",
    "code_takes_all": "This code takes off as much as it costs, so it cannot be used for it.",
    "code_used_up": "This code has been used as often as it may be.",
    "code_used": "You have used this code before: it is once for each person.",
    "code_not_yours": "This code is for a group of people, and your e-mail is not on its list.",
    "code_not_open": "At this studio an offer is open to everybody, so this code is not taken.",
}


class Code(NamedTuple):
    """A promotion's terms, which never change: `amount_cents` or `percent_ppm` comes off.

    On a plan it makes the first `periods` cheaper; a pack has one. `products` are the codes of
    what it is for, none meaning whatever its scope covers; `valid_until` is its last day.
    """

    id: UUID
    code: str
    name: str
    amount_cents: int | None
    percent_ppm: int | None
    currency: str | None
    periods: int
    scope: str
    products: frozenset[str] | None
    audience: str
    location_id: UUID | None
    valid_from: date
    valid_until: date | None


class Bought(NamedTuple):
    """What a code is to be used for, at its list price before tax, and where."""

    scope: Scope
    product: str
    price_cents: int
    currency: str
    location_id: UUID


class Discount(NamedTuple):
    """What was taken off one line of an invoice; the line's net is what is left."""

    line_n: int
    promo_id: UUID
    name: str
    amount_cents: int


def refuse(code: str) -> Refused:
    """The refusal of this name, in words for a member."""
    return Refused(code, REFUSALS[code])


def first_line(code: Code, price_cents: int) -> Discount:
    """What comes off the pack or period, which is an invoice's first line.

    Refused("code_takes_all") as `share_cents` is.
    """
    return Discount(1, code.id, code.name, share_cents(code, price_cents))


def require_applies(code: Code, bought: Bought, *, on: date) -> None:
    """Refused by name unless the code is for this product, here and on this day."""
    if on < code.valid_from:
        raise refuse("code_not_yet")
    if code.valid_until is not None and on > code.valid_until:
        raise refuse("code_over")
    if code.location_id is not None and code.location_id != bought.location_id:
        raise refuse("code_elsewhere")
    named = code.products is None or bought.product in code.products
    if code.scope not in ("all", bought.scope) or not named:
        raise refuse("code_for_others")
    if code.currency is not None and code.currency != bought.currency:
        raise refuse("code_currency")


def share_cents(code: Code, price_cents: int) -> int:
    """What comes off a price: an amount as it is, a percentage half up to the cent.

    Refused("code_takes_all") where nothing would be left to pay, or nothing comes off: what is
    given away is a comp, and is no sale.
    """
    off = (
        code.amount_cents
        if code.amount_cents is not None
        else half_up(price_cents * (code.percent_ppm or 0), PPM)
    )
    if not 0 < off < price_cents:
        raise refuse("code_takes_all")
    return off
