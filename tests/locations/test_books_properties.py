"""Whatever is booked: nothing is created or lost, and every report says what the postings say."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from itertools import permutations

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.db import db, transaction
from config.ids import new_id
from locations import (
    journal_export,
    ledger,
    revenue,
    roll_forward,
    sales_tax,
    settlements,
    trial_balance,
)
from locations.models import JournalEntry, Location, Posting
from locations.paid_out import Paid
from locations.rules.claims import credit_note
from locations.rules.entries import Entry, SaleLine
from locations.rules.revenue import MADE_OF
from locations.rules.tenders import tender_paid
from tests.locations.books import ACCOUNTANT, asked, book, expired, findings, paid, sold, used
from tests.locations.books import noon as at_noon
from tests.locations.conftest import Studios

JAN, MAR = date(2027, 1, 1), date(2027, 3, 1)
LAST = date(2027, 3, 31)
AFTER = at_noon(date(2027, 4, 2))

spots = st.integers(0, 2)
days = st.integers(0, 89).map(lambda n: JAN + timedelta(days=n))
cents = st.integers(1, 50_000)
products = st.sampled_from(["STARTER-3", "DROP-IN", "MAINT-2"])
events = st.tuples(
    st.sampled_from(["sold", "paid", "used", "expired", "breakage", "credited", "gift", "settled"]),
    spots, spots, days, cents, products,
)  # fmt: skip


def _entry(kind: str, here: Location, there: Location, on: date, value: int, product: str) -> Entry:
    """What a line of the story means; the second studio gave, or sold the card."""
    if kind == "sold":
        return sold(here, on, net=value, tax=value // 10, product=product)
    if kind == "paid":
        return paid(here, on, cents=value)
    if kind == "used":
        return used(here, there, on, cents=value, product=product)
    if kind == "gift":
        return tender_paid(
            payment_id=new_id(), on=on, currency="USD", location_id=here.id, tender="gift_card",
            held_at=there.id, amount_cents=value, invoice_id=new_id(),
        )  # fmt: skip
    if kind == "credited":
        return credit_note(
            credit_note_id=new_id(), on=on, currency="USD", location_id=here.id, owed="refunds_due",
            lines=[SaleLine(product, "deferred_sessions", value, f"{here.name} sales tax", 7)],
            invoice_id=new_id(),
        )  # fmt: skip
    to = "breakage" if kind == "breakage" else "expired_refundable"
    return expired(here, on, cents=value, to=to, product=product)


@settings(
    max_examples=6, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(story=st.lists(events, min_size=1, max_size=25))
def test_reports_postings_and_export_hold_the_same_cents(studios: Studios, story: list) -> None:
    """Examples pile up in the same books: what holds, holds of all of them together."""
    group = [studios.sea, studios.tac, studios.boi]
    for kind, a, b, on, value, product in story:
        if kind == "settled":
            _settle(group[a], group[b], on=on)
        else:
            book(_entry(kind, group[a], group[b], on, value, product), now=AFTER)
    for debtor, creditor in permutations(group[:2]):
        _settle(debtor, creditor, on=LAST)

    for place in group:
        assert sum(_posted(place).values()) == 0, "each studio's books close by themselves"
        _reports_agree(place)
        _revenue_agrees(place)
        _export_agrees(place)
    _group_is_the_sum(group)
    _pairs_mirror(group)
    assert not any(findings().values())


def _settle(debtor: Location, creditor: Location, *, on: date) -> None:
    """Pay whatever the one owes the other, as the act allows it."""
    owed = settlements.owed_by([debtor.id]).get((debtor.id, creditor.id), 0)
    if owed > 0 and debtor.id != creditor.id:
        with transaction():
            paid = Paid(key=new_id(), amount_cents=owed, on=on, reference="w", by=ACCOUNTANT)
            settlements.pay(debtor.id, creditor_id=creditor.id, paid=paid, now=AFTER)
        left = settlements.owed_by([debtor.id]).get((debtor.id, creditor.id), 0)
        assert left == 0, "settlement paid leaves nothing open"


def _posted(place: Location) -> Counter[str]:
    """What the postings of a studio come to, by account, debit positive."""
    rows = db.session.execute(
        sa.select(Posting.account, sa.cast(sa.func.sum(Posting.amount_cents), sa.BigInteger))
        .where(Posting.location_id == place.id)
        .group_by(Posting.account)
    )
    return Counter({account: int(sum_) for account, sum_ in rows})


def _reports_agree(place: Location) -> None:
    posted, wanted = _posted(place), asked(place, first=JAN, last=MAR)
    trial = {row.account: row.values for row in trial_balance.table(wanted).rows}
    moved = {name: row["debit_cents"] - row["credit_cents"] for name, row in trial.items()}
    assert {name: sum_ for name, sum_ in moved.items() if sum_} == {
        name: sum_ for name, sum_ in posted.items() if sum_
    }
    owed = roll_forward.table(asked(place, first=JAN, last=MAR)).rows
    closing = {row.detail: row.values["closing_cents"] for row in owed}
    assert sum(closing.values()) == -posted["deferred_sessions"] - posted["deferred_time"]
    assert sum(sales_tax.owed_by_rate(place.id).values()) == -posted["sales_tax"]
    for account, sum_ in posted.items():
        assert abs(ledger.balance(account, place.id)) == abs(sum_)


def _revenue_agrees(place: Location) -> None:
    rows = revenue.by_month(location_ids=[place.id], first=JAN, last=MAR).rows
    for name, made_of in MADE_OF.items():
        query = (
            sa.select(sa.func.coalesce(sa.func.sum(Posting.amount_cents), 0))
            .join(JournalEntry, JournalEntry.id == Posting.entry_id)
            .where(Posting.location_id == place.id, Posting.account.in_(made_of.accounts))
        )
        if made_of.kinds:
            query = query.where(JournalEntry.kind.in_(made_of.kinds))
        posted = -made_of.sign * int(db.session.scalar(query) or 0)
        assert sum(row.cents()[name] for row in rows) == posted, name


def _export_agrees(place: Location) -> None:
    posted: Counter[str] = Counter()
    text = journal_export.export([place], first=JAN, last=LAST, layout="generic")
    for line in csv.DictReader(io.StringIO(text)):
        cents_ = Decimal(line["debit"] or 0) - Decimal(line["credit"] or 0)
        posted[line["account"]] += int(cents_ * 100)
    assert {name: sum_ for name, sum_ in posted.items() if sum_} == {
        name: sum_ for name, sum_ in _posted(place).items() if sum_
    }


def _group_is_the_sum(group: list[Location]) -> None:
    for build in (roll_forward.table, trial_balance.table, sales_tax.table, settlements.table):
        together = build(asked(*group, first=JAN, last=MAR)).totals
        alone = [build(asked(place, first=JAN, last=MAR)).totals for place in group]
        for name, sum_ in together.items():
            assert sum_ == sum(one[name] for one in alone), (build.__module__, name)


def _pairs_mirror(group: list[Location]) -> None:
    """What one owes is what the other is owed, pair by pair."""
    owes = settlements.owed_by([place.id for place in group])
    for place in group:
        for other in group:
            due_from = sa.select(sa.func.coalesce(sa.func.sum(Posting.amount_cents), 0)).where(
                Posting.account == "due_from",
                Posting.location_id == other.id,
                Posting.detail == str(place.id),
            )
            assert int(db.session.scalar(due_from) or 0) == owes.get((place.id, other.id), 0)
