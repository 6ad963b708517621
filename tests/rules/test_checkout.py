"""What the card page is asked to show, what its answers mean, and when another may be opened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest

from billing.rules import checkout as rule
from billing.rules import letters

ASKED = datetime(2027, 1, 4, 17, 0, tzinfo=UTC)
IDS = rule.PageIds(UUID(int=1), UUID(int=2), UUID(int=3), UUID(int=4), "pack", "pack 7")


def _page(*, keep_card: bool = False, asked_at: datetime = ASKED) -> dict:
    lines = rule.page_lines([("Starter, 3 sessions", 9900)], {"WA sales tax": 1025})
    return rule.payment_page(
        customer_id="cus_1",
        currency="USD",
        lines=lines,
        ids=IDS,
        keep_card=keep_card,
        return_url="https://taper.test/checkout/return",
        leave_url="https://taper.test/checkout/left",
        asked_at=asked_at,
    )


def test_page_shows_net_and_tax_and_asks_for_their_sum() -> None:
    shown = [item["price_data"] for item in _page()["line_items"]]
    assert [(s["unit_amount"], s["currency"]) for s in shown] == [(9900, "usd"), (1025, "usd")]
    assert [s["product_data"]["name"] for s in shown] == ["Starter, 3 sessions", "WA sales tax"]


def test_line_without_tax_shows_no_tax_line() -> None:
    assert rule.page_lines([("Starter", 9900)], {"": 0}) == (rule.PageLine("Starter", 9900),)


def test_card_is_kept_only_where_a_consent_says_so() -> None:
    assert "setup_future_usage" not in _page()["payment_intent_data"]
    assert _page(keep_card=True)["payment_intent_data"]["setup_future_usage"] == "off_session"


def test_session_and_intent_both_lead_back_to_our_rows() -> None:
    page = _page()
    assert page["metadata"] == page["payment_intent_data"]["metadata"]
    assert page["metadata"]["attempt"] == str(IDS.attempt_id)
    assert set(page["metadata"]) == {
        "invoice",
        "attempt",
        "intent",
        "member",
        "reason",
        "source",
    }


def test_asking_again_asks_the_same() -> None:
    assert _page() == _page()


def test_page_closes_within_the_hour_and_not_before_stripe_allows() -> None:
    lives = _page()["expires_at"] - int(ASKED.timestamp())
    assert timedelta(minutes=30) < timedelta(seconds=lives) <= timedelta(minutes=60)


@pytest.mark.parametrize("base", ["https://t.test/back", "https://t.test/back?x=1"])
def test_stripe_fills_in_the_session_on_return(base: str) -> None:
    page = rule.card_page(
        customer_id="cus_1",
        currency="USD",
        setup_id=UUID(int=9),
        member_id=UUID(int=4),
        return_url=base,
        leave_url=base,
        asked_at=ASKED,
    )
    assert page["success_url"].endswith("session_id={CHECKOUT_SESSION_ID}")
    assert page["success_url"].count("?") == 1
    assert page["mode"] == "setup"
    assert "line_items" not in page


@pytest.mark.parametrize(
    ("status", "payment_status", "expected"),
    [
        ("open", "unpaid", "waiting"),
        ("complete", "paid", "paid"),
        ("complete", "unpaid", "waiting"),
        ("expired", "unpaid", "expired"),
        ("expired", "paid", "expired"),
        ("open", "paid", "waiting"),
    ],
)
def test_completed_is_not_paid_until_it_says_paid(
    status: str, payment_status: str, expected: str
) -> None:
    assert rule.verdict(status=status, payment_status=payment_status) == expected


INVOICES = ("draft", "open", "paid", "void", "uncollectible")
ATTEMPTS = (None, "ready", "sending", "action", "succeeded")


@pytest.mark.parametrize("invoice", INVOICES)
@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_every_standing_has_one_next_move(invoice: str, attempt: str | None) -> None:
    for kind, at_stripe in product(("off_session", "checkout"), (True, False)):
        kind_now = kind if attempt else None
        move = rule.next_move(rule.Standing(invoice, attempt, kind_now, at_stripe))
        if invoice not in ("draft", "open") or attempt == "succeeded":
            assert move == "done"
        elif attempt in ("ready", "sending"):
            assert move == "wait"  # a worker is at it, or about to be
        elif attempt == "action" and kind == "checkout":
            assert move == "close_page"
        elif at_stripe:
            assert move == "cancel_intent"  # it could still be confirmed
        else:
            assert move == ("wait" if attempt else "place")


@pytest.mark.parametrize(
    ("event", "about"),
    [
        ("checkout.session.completed", "session"),
        ("checkout.session.expired", "session"),
        ("payment_intent.payment_failed", "intent"),
        ("charge.succeeded", "charge"),
        ("charge.dispute.created", "dispute"),
        ("charge.refunded", "refunded"),
        ("charge.refund.updated", "refund"),
        ("refund.updated", "refund"),
        ("payout.failed", "money"),
        ("payout.paid", "nothing"),
        ("customer.created", "nothing"),
        ("a.type.of.next.year", "nothing"),
    ],
)
def test_letter_concerns_what_its_type_says(event: str, about: str) -> None:
    assert letters.about(event) == about


def test_waits_grow_from_a_minute_to_six_hours() -> None:
    waits = [letters.wait_after(n) for n in range(1, 40)]
    assert waits[0] == timedelta(minutes=1)
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(hours=6)


@pytest.mark.parametrize(
    ("lines", "taxes", "shown"),
    [
        ([("Pack", 9900)], {"WA": 1025}, [("Pack", 9900), ("WA", 1025)]),
        ([("Pack", 9900), ("Fee", 0)], {"none": 0}, [("Pack", 9900)]),
        # What is taken away cannot be shown: what is left of all stands on the last line.
        ([("Two, unused", -10), ("Four", 30), ("Fee", 5)], {"WA": 2}, [("Fee", 25), ("WA", 2)]),
        # Nor a tax that went down, or lines that come to less than nothing before it.
        ([("Pack", 100)], {"old": -3, "new": 10}, [("Pack", 107)]),
        ([("Two, unused", -50), ("Four", 40)], {"WA": 60}, [("Four", 50)]),
        ([("x" * 300, 1)], {}, [("x" * rule.MOST_NAME, 1)]),
    ],
)
def test_the_card_page_shows_no_line_below_nothing_and_loses_no_cent(lines, taxes, shown) -> None:
    assert [(one.name, one.amount_cents) for one in rule.page_lines(lines, taxes)] == shown
