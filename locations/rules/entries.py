"""The grammar of the books: double entry, in whole minor units, pure.

A debit is positive and a credit negative. Every entry sums to zero in total and per location,
so a location's books close by themselves and the group is their sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Literal, NamedTuple
from uuid import UUID

from config.calendar import month_of

Side = Literal["asset", "liability", "income", "contra_income", "expense"]

ACCOUNTS: Mapping[str, Side] = {
    "receivable": "asset",
    "stripe_clearing": "asset",
    "till": "asset",
    "bank": "asset",
    "disputed": "asset",
    "due_from": "asset",
    "due_to": "liability",
    "deferred_sessions": "liability",
    "deferred_time": "liability",
    "expired_refundable": "liability",
    "gift_cards": "liability",
    "account_credit": "liability",
    "refunds_due": "liability",
    "sales_tax": "liability",
    "earned_sessions": "income",
    "earned_time": "income",
    "overage": "income",
    "fees": "income",
    "breakage": "income",
    "concessions": "contra_income",
    "processor_fees": "expense",
    "dispute_losses": "expense",
    "bad_debt": "expense",
    "over_short": "expense",
}
# What a sale may be booked to: a promise still to be kept, or income at once.
SOLD_TO = frozenset({"deferred_sessions", "deferred_time", "gift_cards", "overage", "fees"})
# A change of plan may leave something over: it is kept for the member, and is no sale.
BOOKED_TO = SOLD_TO | {"account_credit"}
# Accounts whose postings tell in `detail` which product they are about.
BY_PRODUCT = frozenset({"deferred_sessions", "deferred_time", "breakage", "expired_refundable"})


class Leg(NamedTuple):
    """One side: minor units on an account of a location; debit positive, credit negative.

    `detail` is the product on the accounts `BY_PRODUCT`, the rate on sales_tax, the other
    location on due_from and due_to, and empty elsewhere.
    """

    account: str
    location_id: UUID
    amount_cents: int
    detail: str = ""


class Entry(NamedTuple):
    """One event in the books, ready to be posted. Unique per source and kind."""

    kind: str
    source_type: str
    source_id: UUID
    occurred_on: date
    currency: str
    legs: tuple[Leg, ...]
    sold_at: UUID | None = None
    home_at: UUID | None = None
    delivered_at: UUID | None = None
    product: str = ""
    invoice_id: UUID | None = None
    corrects_id: UUID | None = None
    reason: str | None = None
    for_month: date | None = None


class SaleLine(NamedTuple):
    """A line of an invoice: its net price goes to `liability_account`, its tax to sales_tax."""

    product: str
    liability_account: str
    net_cents: int
    tax_name: str
    tax_cents: int


class DayKey(NamedTuple):
    """What a roll-up is kept for; its order is the order in which roll-ups are locked."""

    location_id: UUID
    day: date
    account: str
    kind: str


class DetailKey(NamedTuple):
    """What the monthly sums by detail are kept for; its order is that of their locks."""

    location_id: UUID
    month: date
    account: str
    detail: str
    kind: str


class Sums(NamedTuple):
    """Both sides and the number of postings behind a roll-up; minor units, never negative."""

    debit_cents: int
    credit_cents: int
    postings: int


class Unbalanced(ValueError):
    """A defect in the caller: these legs would not close the books."""


def check(entry: Entry) -> None:
    """Raise Unbalanced unless the legs sum to zero, per location, on accounts that exist."""
    balance: dict[UUID, int] = {}
    for leg in entry.legs:
        if leg.account not in ACCOUNTS:
            raise Unbalanced(f"{entry.kind}: there is no account {leg.account!r}")
        if leg.amount_cents.__class__ is not int or leg.amount_cents == 0:
            raise Unbalanced(f"{entry.kind}: {leg.amount_cents!r} moves no whole minor unit")
        balance[leg.location_id] = balance.get(leg.location_id, 0) + leg.amount_cents
    for location_id, rest in balance.items():
        if rest:
            raise Unbalanced(f"{entry.kind}: {rest} minor units too many at {location_id}")


def moving(*legs: Leg) -> tuple[Leg, ...]:
    """The sides that are worth something."""
    return tuple(leg for leg in legs if leg.amount_cents)


def line_of(account: str, product: str) -> str:
    """What the detail of a posting says of its product: nothing where the account keeps none."""
    return product if account in BY_PRODUCT else ""


def sums_by_day(entries: Iterable[Entry]) -> dict[DayKey, Sums]:
    """What the entries add to each day's roll-ups; those that share their legs do so together."""
    alike: dict[tuple[int, str, date], list[Entry]] = {}
    for entry in entries:
        alike.setdefault((id(entry.legs), entry.kind, entry.occurred_on), []).append(entry)
    found: dict[tuple[UUID, date, str, str], list[int]] = {}
    for (_, kind, day), same in alike.items():
        for account, location_id, amount_cents, _ in same[0].legs:
            sums = found.setdefault((location_id, day, account, kind), [0, 0, 0])
            sums[amount_cents < 0] += abs(amount_cents) * len(same)
            sums[2] += len(same)
    return {DayKey(*key): Sums(*sums) for key, sums in found.items()}


def sums_by_month(days: Mapping[DayKey, Sums]) -> dict[DayKey, Sums]:
    """The same sums by the first day of each calendar month."""
    found: dict[DayKey, Sums] = {}
    for key, sums in days.items():
        month = key._replace(day=month_of(key.day))
        before = found.get(month, _NOTHING)
        found[month] = Sums(*(a + b for a, b in zip(before, sums, strict=True)))
    return found


def sums_by_detail(entries: Iterable[Entry]) -> dict[DetailKey, Sums]:
    """What the entries add to each month's sums of postings that have a detail."""
    alike: dict[tuple[int, str, date], list[Entry]] = {}
    for entry in entries:
        alike.setdefault((id(entry.legs), entry.kind, entry.occurred_on), []).append(entry)
    found: dict[tuple[UUID, date, str, str, str], list[int]] = {}
    for (_, kind, day), same in alike.items():
        for account, location_id, amount_cents, detail in same[0].legs:
            if detail:
                key = (location_id, month_of(day), account, detail, kind)
                sums = found.setdefault(key, [0, 0, 0])
                sums[amount_cents < 0] += abs(amount_cents) * len(same)
                sums[2] += len(same)
    return {DetailKey(*key): Sums(*sums) for key, sums in found.items()}


_NOTHING = Sums(0, 0, 0)
