"""What somebody wants to give back of an invoice, and what it comes to: quoted as written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from billing.leaving import exits
from billing.models import Invoice
from billing.refunds import refund_lines, refunds_by_hand, refunds_owed
from billing.refunds.refunds_owed import Quote
from billing.rules.credit import Credited
from config.errors import Refused
from membership.endings import pack_exits
from membership.endings.pack_exits import PackExit

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
    if invoice.reason == "pack":
        found.extend(("unused", "whole"))
    found.extend(refund_lines.offered(invoice))
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
            raise Refused("nothing_left", refund_lines.REFUSALS["nothing_left"])
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
    """The lines of the credit note that these terms write; writes nothing."""
    _require_paid(invoice)
    return refund_lines.credited(
        invoice, terms.how, line_ns=terms.line_ns, amount_cents=terms.amount_cents
    )


def require_pack(invoice: Invoice, how: PackExit, *, on: date) -> None:
    """Raise Refused where the pack of this invoice cannot end so."""
    _require_paid(invoice)
    _require_pack(invoice)
    pack_exits.preview(invoice.source_id, how, on=on)


def _require_paid(invoice: Invoice) -> None:
    if invoice.state != "paid":
        raise Refused("not_paid", REFUSALS["not_paid"])


def _require_pack(invoice: Invoice) -> None:
    if invoice.reason != "pack":
        raise Refused("no_pack", REFUSALS["no_pack"])
