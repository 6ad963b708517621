"""What an intent at Stripe says about an attempt of ours. Pure; every pair has an answer.

A time-out is not an answer: nothing here turns silence into failure.
"""

from __future__ import annotations

from enum import StrEnum

TERMINAL = frozenset({"succeeded", "failed"})
IN_FLIGHT = frozenset({"ready", "sending", "action"})
NEEDS_MEMBER = "authentication_required"


class Verdict(StrEnum):
    """What to do with an attempt after looking at its intent."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    ACTION = "action"
    WAIT = "wait"
    CONFIRM = "confirm"


def seen(
    *, status: str, charge_id: str | None, known_charge_id: str | None, code: str | None
) -> Verdict:
    """An intent that was looked up: only a charge newer than the last known one is news."""
    if status == "succeeded":
        return Verdict.SUCCEEDED
    if status == "canceled":
        return Verdict.FAILED
    if status == "requires_action":
        return Verdict.ACTION
    if status in ("processing", "requires_capture"):
        return Verdict.WAIT
    if charge_id is not None and charge_id != known_charge_id:
        return Verdict.ACTION if code == NEEDS_MEMBER else Verdict.FAILED
    return Verdict.CONFIRM


def answered(
    *, status: str, charge_id: str | None, known_charge_id: str | None, code: str | None
) -> Verdict:
    """The intent that came back from our own confirm: not paid now means declined now."""
    del charge_id, known_charge_id  # some declines leave no charge behind
    verdict = seen(status=status, charge_id=None, known_charge_id=None, code=code)
    if verdict is Verdict.CONFIRM:
        return Verdict.ACTION if code == NEEDS_MEMBER else Verdict.FAILED
    return verdict


NEXT_STATE = {
    ("ready", Verdict.SUCCEEDED): "succeeded",
    ("ready", Verdict.FAILED): "failed",
    ("ready", Verdict.ACTION): "action",
    ("sending", Verdict.SUCCEEDED): "succeeded",
    ("sending", Verdict.FAILED): "failed",
    ("sending", Verdict.ACTION): "action",
    ("action", Verdict.SUCCEEDED): "succeeded",
    ("action", Verdict.FAILED): "failed",
}


def next_state(state: str, verdict: Verdict) -> str | None:
    """The attempt's new state, or none where the verdict changes nothing.

    Terminal states swallow every later event; money for a failed one is adopted elsewhere.
    """
    return NEXT_STATE.get((state, verdict))
