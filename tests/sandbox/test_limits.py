"""The sandbox lets through what a Stripe account would, and no more."""

from __future__ import annotations

import pytest
import stripe


def _admitted(member, tries: int) -> int:
    admitted = 0
    for _ in range(tries):
        try:
            member.intent()
            admitted += 1
        except stripe.RateLimitError:
            pass
    return admitted


def test_one_endpoint_is_limited_and_another_is_not(sandbox, member) -> None:
    sandbox.control("POST", "limits", {"per_endpoint": 5, "in_all": None})
    assert 5 <= _admitted(member, 15) < 15
    assert member.api.customers.retrieve(member.customer).id == member.customer


def test_all_endpoints_together_are_limited_too(sandbox, member) -> None:
    sandbox.control("POST", "limits", {"per_endpoint": None, "in_all": 5})
    assert 5 <= _admitted(member, 15) < 15
    refused = 0
    for _ in range(10):
        try:
            member.api.customers.retrieve(member.customer)
        except stripe.RateLimitError:
            refused += 1
    assert refused > 0


def test_a_refusal_for_haste_says_which_limit_and_comes_before_the_key(sandbox, member) -> None:
    sandbox.control("POST", "limits", {"per_endpoint": 1, "in_all": None})
    member.intent(idempotency_key="first")
    with pytest.raises(stripe.RateLimitError) as refusal:
        member.intent(idempotency_key="pi:1")
    assert refusal.value.headers["stripe-rate-limited-reason"] == "endpoint-rate"
    sandbox.control("POST", "limits", {"per_endpoint": None, "in_all": None})
    made = member.intent(idempotency_key="pi:1")
    assert "idempotent-replayed" not in made.last_response.headers
