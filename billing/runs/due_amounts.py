"""What the dues of a batch come to: each with its invoice, or held back with the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from billing.rules import invoice as rule
from billing.rules.invoice import InvoiceAmounts, Terms
from config.errors import Refused
from locations.rules.tax_rates import TaxRateValue
from membership.people import exemptions
from membership.plans import promo_periods
from membership.rules.discount import Code
from membership.rules.due import Due, HeldBack


class Computed(NamedTuple):
    """A due with its invoice, before anything is written."""

    due: Due
    amounts: InvoiceAmounts


def compute(
    dues: Sequence[Due],
    *,
    rates: Mapping[str, TaxRateValue],
    exempt: Mapping[UUID, str],
    currency: str,
) -> tuple[list[Computed], list[HeldBack]]:
    """Invoices of these dues, and who is held back with the reason. Writes nothing.

    `exempt` are the certificates of members who are not taxed, as `exemptions` has them.

    Dues whose terms are the same, as most of a day's are, share one invoice's amounts.
    """
    computed: list[Computed] = []
    held: list[HeldBack] = []
    known: dict[Terms, InvoiceAmounts] = {}
    codes = promo_periods.running(dues)
    for due in dues:
        try:
            if due.membership_id in codes or due.member_id in exempt:
                theirs = rates
                if due.member_id in exempt:
                    theirs = exemptions.untaxed(rates, exempt[due.member_id])
                computed.append(_alone(due, codes.get(due.membership_id), theirs, currency))
                continue
            terms = rule.terms_of(due)
            amounts = known.get(terms) or rule.for_terms(terms, rates, currency=currency)
        except Refused as refused:
            held.append(HeldBack(due.membership_id, refused.code, refused.message))
            continue
        known[terms] = amounts
        computed.append(Computed(due, amounts))
    return computed, held


def _alone(
    due: Due, code: Code | None, rates: Mapping[str, TaxRateValue], currency: str
) -> Computed:
    """A due with an invoice that it shares with nobody: at these rates, and at what a code, if
    there is one, leaves of the price; the period is worth that.
    """
    if code is None:
        return Computed(due, rule.for_due(due, rates, currency=currency))
    left, less = promo_periods.cheaper(due, code)
    amounts = rule.for_due(left, rates, currency=currency)
    return Computed(left, amounts._replace(discounts=(less,)))
