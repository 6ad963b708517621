"""What somebody wants to give back of an invoice, and what it comes to: quoted as written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa

from billing import credit_notes, exits, gift_issue, refunds_by_hand, refunds_owed
from billing.models import Invoice, InvoiceLine
from billing.refunds_owed import Quote
from billing.rules import refund as rule
from billing.rules.credit import Credited, Standing, standings
from config.db import db
from config.errors import Refused, invalid_field
from membership import pack_exits
from membership.pack_exits import PackExit

How = Literal["unused", "whole", "goodwill", "correction", "unspent"]
To = Literal["card", "cash", "account_credit"]
HOWS: Mapping[How, str] = {
    "unused": "What is unused of the pack; the pack ends",
    "whole": "All of the pack, used or not; the pack ends",
    "goodwill": "Out of goodwill; what was bought stays",
    "correction": "A fee that should not have been charged",
    "unspent": "What is unspent of the gift card; it is worth that much less",
}
TOS: Mapping[To, str] = {
    "card": "The way it was paid, cards first",
    "cash": "Out of the open till what was paid in cash; the rest as it was paid",
    "account_credit": "Credit for what is bought next",
}
_PACK: Mapping[str, PackExit] = {"unused": "granted_unused", "whole": "granted_whole"}
REFUSALS = {
    "not_paid": "Only what was paid can go back.",
    "nothing_left": "Nothing of this is left to give back.",
    "too_much": "That is more than is left to give back.",
    "no_pack": "Only a pack can be given back so.",
}


@dataclass(frozen=True, slots=True)
class Terms:
    """How much goes back of which lines, and where to.

    `line_ns` are numbers of invoice lines, none for all of them. `amount_cents` holds its tax;
    none means all that is left of these lines.
    """

    how: How
    to: To
    line_ns: tuple[int, ...] = ()
    amount_cents: int | None = None

    def as_json(self) -> dict[str, Any]:
        """As a request keeps them."""
        return {
            "how": self.how,
            "to": self.to,
            "line_ns": list(self.line_ns),
            "amount_cents": self.amount_cents,
        }


def of_json(kept: Mapping[str, Any]) -> Terms:
    """Terms that a request kept."""
    return Terms(kept["how"], kept["to"], tuple(kept["line_ns"]), kept["amount_cents"])


def ends_pack(terms: Terms) -> PackExit | None:
    """Which way the pack ends, if these terms end it."""
    return _PACK.get(terms.how)


def offered(invoice: Invoice) -> list[How]:
    """The ways in which something of this invoice can go back today, by what it was for."""
    found: list[How] = []
    if invoice.state != "paid":
        return found
    sold = _sold(invoice.id)
    if invoice.reason == "pack":
        found.extend(("unused", "whole"))
    if any(one.left_cents > 0 for one in _concedable(sold)):
        found.append("goodwill")
    if any(one.left_cents > 0 for one in _correctable(sold)):
        found.append("correction")
    if _unspent_cents(invoice):
        found.append("unspent")
    return found


def tos_of(invoice: Invoice) -> list[tuple[To, str]]:
    """Where to something of this invoice can go today; cash only where some was paid in cash."""
    in_cash = refunds_by_hand.cash_paid_cents(invoice.id) > 0
    return [(to, words) for to, words in TOS.items() if to != "cash" or in_cash]


def quote(invoice: Invoice, terms: Terms, *, on: date) -> Quote:
    """What these terms come to, before the button; writes nothing. Refused by name."""
    _require_paid(invoice)
    how = ends_pack(terms)
    if how is not None:
        _require_pack(invoice)
        found = exits.quote_pack(invoice.source_id, how, on=on)
        if not found.refund_cents:
            raise Refused("nothing_left", REFUSALS["nothing_left"])
        return found
    credited = credited_by(invoice, terms)
    left = invoice.total_cents - invoice.credited_cents
    return Quote(
        refund_cents=credited.total_cents,
        refund_tax_cents=credited.tax_cents,
        off_cents=0,
        kept_cents=left - credited.total_cents,
        currency=invoice.currency,
        refund_by=refunds_owed.refund_by(invoice.location_id, on=on),
    )


def credited_by(invoice: Invoice, terms: Terms) -> Credited:
    """The lines of the credit note that goodwill or a correction writes; writes nothing."""
    _require_paid(invoice)
    kind, write = _KINDS[terms.how]
    chosen = [one for one in kind(_sold(invoice.id)) if one.left_cents + one.left_tax_cents > 0]
    rooms = _rooms(invoice.id, chosen, terms.line_ns)
    if terms.how == "unspent":
        unspent_cents = _unspent_cents(invoice)
        rooms = {key: min(cents, unspent_cents) for key, cents in rooms.items()}
    chosen = [one for one in chosen if rooms[_key(one)] > 0]
    most = sum(rooms[_key(one)] for one in chosen)
    if most <= 0:
        raise Refused("nothing_left", REFUSALS["nothing_left"])
    if terms.amount_cents is None:
        parts = [write([one], rooms[_key(one)]) for one in chosen]
        return Credited(tuple(line for part in parts for line in part.lines))
    if not 0 < terms.amount_cents <= most:
        raise invalid_field("/amount", REFUSALS["too_much"])
    return write(chosen, terms.amount_cents)


def require_pack(invoice: Invoice, how: PackExit, *, on: date) -> None:
    """Raise Refused where the pack of this invoice cannot end so."""
    _require_paid(invoice)
    _require_pack(invoice)
    pack_exits.preview(invoice.source_id, how, on=on)


def _rooms(
    invoice_id: UUID, chosen: Sequence[Standing], line_ns: Sequence[int]
) -> dict[tuple[str, str], int]:
    """What may go back of each, tax included: of the lines that were named, if any were."""
    left = {_key(one): rule.gross_left_cents([one]) for one in chosen}
    if not line_ns:
        return left
    query = sa.select(InvoiceLine).where(
        InvoiceLine.invoice_id == invoice_id, InvoiceLine.n.in_(line_ns)
    )
    named = dict.fromkeys(left, 0)
    for line in db.session.scalars(query):
        key = (line.liability_account, line.tax_name)
        if key in named:
            named[key] += max(0, line.net_cents + line.tax_cents)
    return {key: min(left[key], named[key]) for key in left}


def _sold(invoice_id: UUID) -> list[Standing]:
    return standings(credit_notes.lines_of(invoice_id), credit_notes.credited_before(invoice_id))


def _concedable(sold: Sequence[Standing]) -> list[Standing]:
    return [one for one in sold if one.sold.liability_account in rule.CONCEDABLE]


def _correctable(sold: Sequence[Standing]) -> list[Standing]:
    return [one for one in sold if one.sold.liability_account in rule.CORRECTABLE]


def _cards(sold: Sequence[Standing]) -> list[Standing]:
    return [one for one in sold if one.sold.liability_account in rule.UNSPENT]


def _unspent_cents(invoice: Invoice) -> int:
    """What is left on the gift card that an invoice sold; nothing where it sold none."""
    if invoice.reason != "gift_card":
        return 0
    return gift_issue.of_invoice(invoice.id).balance_cents


_KINDS: Mapping[str, tuple[Callable[..., list[Standing]], Callable[..., Credited]]] = {
    "goodwill": (_concedable, rule.goodwill),
    "correction": (_correctable, rule.correction),
    "unspent": (_cards, rule.unspent),
}


def _key(one: Standing) -> tuple[str, str]:
    return one.sold.liability_account, one.sold.tax_name


def _require_paid(invoice: Invoice) -> None:
    if invoice.state != "paid":
        raise Refused("not_paid", REFUSALS["not_paid"])


def _require_pack(invoice: Invoice) -> None:
    if invoice.reason != "pack":
        raise Refused("no_pack", REFUSALS["no_pack"])
