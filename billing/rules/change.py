"""The invoice of a change of plan: what is given back, what is taken, what is kept. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from billing.rules.invoice import (
    DEFERRED_SESSIONS,
    DEFERRED_TIME,
    InvoiceAmounts,
    Line,
    amounts,
)
from membership.rules.change_quotes import NowQuote, Part

ACCOUNT_CREDIT = "account_credit"


@dataclass(frozen=True, slots=True)
class Side:
    """A plan as its line names it; none as allowance means unlimited."""

    code: str
    name: str
    allowance: int | None

    @property
    def account(self) -> str:
        """Where what is paid for it is deferred."""
        return DEFERRED_TIME if self.allowance is None else DEFERRED_SESSIONS


def for_change(quote: NowQuote, *, held: Side, to: Side) -> InvoiceAmounts:
    """The lines of a change today; they sum to what was quoted, which is never below zero.

    In the same cycle both sides belong to the new plan's promise; a new cycle takes back what
    the old plan's still holds.
    """
    same = quote.style == "same_cycle"
    share = f"{quote.days} of {quote.of_days} days"
    back_words = f"{held.name}, unused: {share}" if same else f"{held.name}, unused"
    taken_words = f"{to.name}, {share}" if same else f"{to.name}, from {quote.on.isoformat()}"
    lines = [
        _line(to, taken_words, quote.taken, period=(quote.on, quote.until)),
    ]
    if quote.back.net_cents or quote.back.tax_cents:
        side = to if same else held
        lines.insert(0, _line(side, back_words, quote.back, period=None))
    if quote.account_credit_cents:
        lines.append(_kept(quote.account_credit_cents))
    return amounts(lines)


def _line(side: Side, words: str, part: Part, *, period: tuple[date, date] | None) -> Line:
    return Line(
        product=side.code,
        product_class="plan",
        description=words[:200],
        quantity=1,
        net_cents=part.net_cents,
        tax_name=part.rate.name,
        tax_rate_ppm=part.rate.rate_ppm,
        tax_cents=part.tax_cents,
        liability_account=side.account,
        period_start=period[0] if period else None,
        period_end=period[1] if period else None,
    )


def _kept(cents: int) -> Line:
    return Line(
        product="ACCOUNT-CREDIT",
        product_class="credit",
        description="Kept for you as account credit",
        quantity=1,
        net_cents=cents,
        tax_name="",
        tax_rate_ppm=0,
        tax_cents=0,
        liability_account=ACCOUNT_CREDIT,
    )
