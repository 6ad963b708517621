"""What speaks for a payment as the texts that a bank reads, one for each field that Stripe knows.

https://docs.stripe.com/api/disputes/update: a text holds 20,000 characters and all of them
together 150,000. What is longer is cut, and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from billing.rules.evidence import Agreed, Billed, Evidence
from config.formats import day, moment, money

MOST = 20_000
CUT = "\n(cut; the rest is on file)"


def texts(found: Evidence) -> Mapping[str, str]:
    """The texts by Stripe's field; nothing for a field that there is nothing to say about."""
    written = {
        "customer_name": found.member_name,
        "customer_email_address": found.member_email,
        "product_description": _lines(_billed(one, found) for one in found.lines),
        "service_date": _served(found),
        "cancellation_policy_disclosure": "\n\n".join(_agreed(one, found) for one in found.agreed),
        "access_activity_log": _lines(
            f"{day(one.on)}: came to {one.place_name}" for one in found.visits
        ),
        "cancellation_rebuttal": _lines(
            f"{moment(one.at, found.zone)}: {one.what}, by the {one.by}" for one in found.endings
        ),
        "uncategorized_text": _lines(_rest(found)),
    }
    return {field: _short(text) for field, text in written.items() if text}


def _billed(one: Billed, found: Evidence) -> str:
    span = ""
    if one.period_start and one.period_end:
        span = f", {day(one.period_start)} to {day(one.period_end)}"
    net, tax = money(one.net_cents, found.currency), money(one.tax_cents, found.currency)
    return f"{one.description}{span}: {net} and {tax} tax"


def _served(found: Evidence) -> str:
    """The first session that was given, else the day of the bill."""
    return day(found.visits[0].on if found.visits else found.issued_on)


def _agreed(one: Agreed, found: Evidence) -> str:
    price = "" if one.price_cents is None else f", {money(one.price_cents, found.currency)}"
    return (
        f"{one.what}, version {one.version}{price}, agreed to on {moment(one.at, found.zone)} "
        f"for {one.place_name} from {one.address}:\n{one.text}"
    )


def _rest(found: Evidence) -> Iterable[str]:
    paid = money(found.paid_cents, found.currency)
    yield f"Invoice {found.invoice_number}: {paid} paid on {day(found.paid_on)}."
    for letter in found.letters:
        sent = f", sent {moment(letter.sent_at, found.zone)}" if letter.sent_at else ""
        arrived = ", arrived" if letter.delivered_at else ""
        yield f"Letter: {letter.what}, about {day(letter.about_on)}{sent}{arrived}"
    for back in found.given_back:
        cents = money(back.amount_cents, found.currency)
        yield f"Given back on {day(back.on)}: {back.what}, {cents} ({back.state})"


def _lines(found: Iterable[str]) -> str:
    return "\n".join(found)


def _short(text: str) -> str:
    return text if len(text) <= MOST else text[: MOST - len(CUT)] + CUT
