"""Of which lines of an invoice money goes back, and how much: what staff may give, as credited."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from billing.gift_cards import gift_issue
from billing.invoices import creditable
from billing.models import Invoice, InvoiceLine
from billing.rules import refund as rule
from billing.rules.credit import Credited
from billing.rules.standings import Standing, standings
from config.db import db
from config.errors import Refused, invalid_field

ByLine = Literal["goodwill", "correction", "unspent"]
REFUSALS = {
    "nothing_left": "Nothing of this is left to give back.",
    "too_much": "That is more than is left to give back.",
}


class Way(NamedTuple):
    """What was sold to these accounts goes back so; `write` gives a credit of a gross amount."""

    accounts: frozenset[str]
    write: Callable[[Sequence[Standing], int], Credited]


_WAYS: Mapping[str, Way] = {
    "goodwill": Way(rule.CONCEDABLE, rule.goodwill),
    "correction": Way(rule.CORRECTABLE, rule.correction),
    "unspent": Way(rule.UNSPENT, rule.unspent),
}


def offered(invoice: Invoice) -> list[ByLine]:
    """The ways in which something of a paid invoice can go back line by line."""
    hows: tuple[ByLine, ...] = ("goodwill", "correction", "unspent")
    return [how for how in hows if _offers(invoice, how)]


def credited(
    invoice: Invoice, how: str, *, line_ns: Sequence[int], amount_cents: int | None
) -> Credited:
    """The lines of the credit note that giving back writes; writes nothing.

    Of the lines that are named, all of them where none is; without an amount all that is left.
    Raises Refused("nothing_left"), and Invalid for more than there is.
    """
    sold = _chosen(invoice, how)
    rooms = _rooms(invoice, sold, how, line_ns)
    most = _most(sold, rooms)
    if most <= 0:
        raise Refused("nothing_left", REFUSALS["nothing_left"])
    if amount_cents is not None and not 0 < amount_cents <= most:
        raise invalid_field("/amount", REFUSALS["too_much"])
    write = _WAYS[how].write
    if len(rooms) < len(sold):  # a side that a change of plan took away goes back with the other
        return write(sold, amount_cents or most)
    chosen = [one for one in sold if rooms[_key(one)] > 0]
    if amount_cents is None:
        parts = [write([one], rooms[_key(one)]) for one in chosen]
        return Credited(tuple(line for part in parts for line in part.lines))
    return write(chosen, amount_cents)


def _offers(invoice: Invoice, how: str) -> bool:
    sold = _chosen(invoice, how)
    return any(one.left_cents > 0 for one in sold) and _most(sold, _rooms(invoice, sold, how)) > 0


def _most(sold: Sequence[Standing], rooms: Mapping[tuple[str, str], int]) -> int:
    """How much may go back, tax included: never more than the bill as a whole has left."""
    return min(rule.gross_left_cents(sold), sum(rooms.values()))


def _chosen(invoice: Invoice, how: str) -> list[Standing]:
    sold = standings(creditable.lines_of(invoice.id), creditable.credited_before(invoice.id))
    accounts = _WAYS[how].accounts
    return [
        one
        for one in sold
        if one.sold.liability_account in accounts and one.left_cents + one.left_tax_cents
    ]


def _rooms(
    invoice: Invoice, sold: Sequence[Standing], how: str, line_ns: Sequence[int] = ()
) -> dict[tuple[str, str], int]:
    """What may go back of each, tax included; of a gift card's sale what is left on the card."""
    left = {_key(one): cents for one in sold if (cents := rule.gross_left_cents([one])) > 0}
    if how == "unspent" and left:
        unspent_cents = gift_issue.of_invoice(invoice.id).balance_cents
        left = {key: min(cents, unspent_cents) for key, cents in left.items()}
    if not line_ns:
        return left
    named = _named(invoice.id, line_ns)
    return {key: min(cents, named.get(key, 0)) for key, cents in left.items()}


def _named(invoice_id: UUID, line_ns: Sequence[int]) -> dict[tuple[str, str], int]:
    """What the lines of these numbers asked for, tax included."""
    query = sa.select(InvoiceLine).where(
        InvoiceLine.invoice_id == invoice_id, InvoiceLine.n.in_(line_ns)
    )
    found: dict[tuple[str, str], int] = {}
    for line in db.session.scalars(query):
        key = (line.liability_account, line.tax_name)
        found[key] = found.get(key, 0) + max(0, line.net_cents + line.tax_cents)
    return found


def _key(one: Standing) -> tuple[str, str]:
    return one.sold.liability_account, one.sold.tax_name
