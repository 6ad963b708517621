"""The gauge: what a member agrees to before noting how a session felt, and what is offered then.

A note never charges and never decides anything else than which offer the member's own page shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from membership.rules.journey import Phase

Offer = Literal["extension", "maintenance", "booster"]

VERSION: Final = "gauge-2027-1"
LOWEST, HIGHEST = 0, 10
# So well that fewer sessions may do, and so poorly that a few more may help.
WELL, POOR = 7, 4
# A relapse shows against how the member felt before; one bad day is none.
FELL_BY = 3
LOOKED_AT = 6


@dataclass(frozen=True, slots=True)
class Wording:
    """The exact text that is agreed to, and its version."""

    text: str
    version: str


def wording(group_name: str) -> Wording:
    """What a member is asked to agree to, apart from everything else."""
    return Wording(_TEXT.format(group=group_name), VERSION)


def offer(phase: Phase, scores: Sequence[int], *, sessions_left: int) -> Offer | None:
    """What the member's own page offers after these notes, the latest first; or nothing."""
    if not scores:
        return None
    if phase == "intensive":
        if all(score >= WELL for score in scores[:2]) and len(scores) > 1:
            return "maintenance"
        return "extension" if scores[0] < WELL and sessions_left == 0 else None
    if phase == "none":
        return "maintenance" if scores[0] >= WELL else None
    if phase == "maintenance":
        return "booster" if _fell(scores[:LOOKED_AT]) else None
    return None


def _fell(scores: Sequence[int]) -> bool:
    """Whether the last two notes are poor, and clearly below the best of those before."""
    latest, before = scores[:2], scores[2:]
    if len(latest) < 2 or max(latest) > POOR:
        return False
    return not before or max(before) - max(latest) >= FELL_BY


_TEXT: Final = (
    "I agree that {group} keeps the notes from 0 to 10 that I make about how I feel after a "
    "session. They are kept for one purpose: to show on my own page which sessions may suit me "
    "next. Nobody at a studio sees them, they are given to nobody, they are in no mail, list or "
    "payment, and they never lead to a charge. Agreeing is not needed for any session or plan. "
    "I can erase my notes at any time, and I can withdraw this consent on the same page, which "
    "erases them all at once."
)
POLICY: Final = (
    (
        "What is kept",
        "Notes from 0 to 10 about how a member feels after a session, with the session they "
        "belong to and the time they were made; and the reason, in the member's own words, for "
        "which somebody asked for a medical pause or to leave for reasons of health.",
    ),
    (
        "Where it comes from",
        "From the member alone, who writes it on their own page or hands it in. Nothing is "
        "guessed from visits, purchases or places.",
    ),
    (
        "What it is for",
        "A note decides which sessions the member's own page offers next, and nothing else. A "
        "reason decides about the request it was written for.",
    ),
    (
        "Who sees it",
        "Notes: the member. Reasons: the member. A studio sees that a pause was granted, and "
        "never why. Nothing of it is sold, shared, or sent to the card processor.",
    ),
    (
        "Consent",
        "Notes are kept only after a consent of their own, given apart from every other one. "
        "Withdrawing it erases them.",
    ),
    (
        "Your rights",
        "On the page about notes you can see them, erase them, and withdraw your consent. To "
        "have a request answered, or to appeal an answer, write to the studio; residents of "
        "Washington can also turn to the Attorney General of the state.",
    ),
)
