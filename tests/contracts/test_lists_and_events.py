"""What reconciliation reads: everything once, newest first, by time and by customer."""

from __future__ import annotations

import pytest
import stripe


def test_pages_meet_without_gap_or_overlap(target, wallet, new_intent) -> None:
    made = [new_intent(wallet.customer).id for _ in range(5)]
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = target.api.payment_intents.list({"customer": wallet.customer, "limit": 2, **cursor})
        found += [intent.id for intent in page.data]
        if not page.has_more:
            break
        cursor = {"starting_after": page.data[-1].id}
    assert sorted(found) == sorted(made)
    assert len(found) == 5


def test_the_sdk_walks_every_page_by_itself(target, wallet, new_intent) -> None:
    made = {new_intent(wallet.customer).id for _ in range(3)}
    pages = target.api.payment_intents.list({"customer": wallet.customer, "limit": 1})
    assert {intent.id for intent in pages.auto_paging_iter()} == made


def test_a_range_of_creation_is_half_open_where_asked(target, wallet, new_intent) -> None:
    intent = new_intent(wallet.customer)
    listed = target.api.payment_intents.list
    about = {"customer": wallet.customer}
    at = intent.created
    assert [i.id for i in listed({**about, "created": {"gte": at, "lt": at + 1}}).data] == [
        intent.id
    ]
    assert listed({**about, "created": {"gt": at}}).data == []
    assert listed({**about, "created": {"lt": at}}).data == []


def test_a_limit_beyond_a_hundred_is_refused(target) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        target.api.payment_intents.list({"limit": 101})
    assert refusal.value.param == "limit"


def test_what_happened_can_be_read_as_events(target, wallet, new_intent) -> None:
    intent = new_intent(wallet.customer, metadata={"invoice": "inv-7"})
    target.api.payment_intents.confirm(
        intent.id, {"payment_method": wallet.card, "off_session": True}
    )
    events = target.api.events.list({"type": "payment_intent.succeeded", "limit": 20})
    mine = [event for event in events.data if event.data.object["id"] == intent.id]
    assert len(mine) == 1
    assert mine[0].data.object["metadata"]["invoice"] == "inv-7"


def test_metadata_is_merged_and_an_empty_value_unsets(target, wallet, new_intent) -> None:
    intent = new_intent(wallet.customer, metadata={"a": "1", "b": "2"})
    changed = target.api.payment_intents.update(intent.id, {"metadata": {"b": "", "c": "3"}})
    assert changed.metadata.to_dict() == {"a": "1", "c": "3"}
