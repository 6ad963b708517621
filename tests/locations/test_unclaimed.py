"""Expired sessions that Washington keeps claimable, with the day on which they are dormant."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import uuid4

from locations import ledger, postings, unclaimed, unclaimed_parts
from locations.listing_pages import Query
from locations.rules.deliveries import expiry_undone
from locations.tables import Table
from tests.locations.books import asked, book, expired, noon, sold

JAN_14, JAN = date(2027, 1, 14), date(2027, 1, 1)


def totals(*places, on: date) -> dict[str, int]:
    months = replace(asked(*places, first=JAN, last=date(2031, 12, 1)), now=noon(on))
    return dict(unclaimed.table(months).totals)


def test_two_sessions_that_expired_on_january_14_are_dormant_three_years_later(studios):
    book(
        sold(studios.sea, JAN),
        expired(studios.sea, JAN_14, cents=6600, to="expired_refundable"),
        now=noon(JAN_14),
    )
    before, after = date(2030, 1, 13), date(2030, 1, 14)
    assert totals(studios.sea, on=before) == {"waiting_cents": 6600, "dormant_cents": 0}
    assert totals(studios.sea, on=after) == {"waiting_cents": 0, "dormant_cents": 6600}
    (row,) = unclaimed.table(asked(studios.sea, first=JAN, last=JAN)).rows
    assert row.values["dormant_from"] == "2030-01-14"


def test_what_was_given_back_is_not_unclaimed_and_breakage_never_is(studios):
    lost = expired(studios.sea, JAN_14, cents=3300, to="expired_refundable")
    kept = expired(studios.boi, JAN_14, cents=3300)
    book(sold(studios.sea, JAN), sold(studios.boi, JAN), lost, kept, now=noon(JAN_14))
    assert totals(studios.sea, studios.boi, on=JAN_14)["waiting_cents"] == 3300
    booked = ledger.entry_for(lost.source_id, "expiry")
    assert booked is not None
    back = expiry_undone(
        entry_id=uuid4(),
        corrects_id=booked.id,
        on=date(2027, 1, 15),
        currency="USD",
        location_id=studios.sea.id,
        value_cents=3300,
        back_from="expired_refundable",
        product="STARTER-3",
        reason="extended",
    )
    book(back, now=noon(date(2027, 1, 15)))
    assert totals(studios.sea, studios.boi, on=JAN_14) == {"waiting_cents": 0, "dormant_cents": 0}
    assert ledger.balance("expired_refundable", studios.sea.id) == 0


def test_each_expiry_behind_a_number_is_listed_on_its_own_with_what_it_is_by_then(studios):
    lost = [
        expired(studios.sea, on, cents=3300, to="expired_refundable")
        for on in (JAN_14, date(2027, 1, 20))
    ]
    book(sold(studios.sea, JAN), *lost, now=noon(JAN_14))
    parts = {
        state: parts_of(studios.sea, state, on=date(2030, 1, 16))
        for state in ("waiting", "dormant")
    }
    assert parts["dormant"].totals == parts["waiting"].totals == {"amount_cents": 3300}
    (row,) = parts["dormant"].rows
    assert row.values["dormant_from"] == "2030-01-14"
    behind = postings.of_sources(
        row.sources, location_ids=[studios.sea.id], accounts=["expired_refundable"]
    )
    assert [posting.amount_cents for _, posting in behind] == [-3300]
    assert parts_of(studios.sea, "", on=JAN_14, product="MAINT-4").rows == []


def parts_of(place, state: str, *, on: date, product: str = "") -> Table:
    given = {"state": state, "product": product}
    return unclaimed_parts.table(
        Query([place], JAN, date(2027, 2, 1), given, skip=0, most=100, now=noon(on))
    )


def test_idaho_knows_no_day_on_which_value_is_dormant(studios):
    assert unclaimed.dormancy_date(studios.boi, JAN_14) is None
    assert unclaimed.dormancy_date(studios.sea, date(2028, 2, 29)) == date(2031, 2, 28)
