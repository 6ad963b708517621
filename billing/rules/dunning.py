"""When a failed payment is tried again, and when to stop. Dates are the studio's own.

Sources, read from processors' public lists (the stricter wins): Visa's decline codes that an
issuer will never approve, and its limit of 15 tries in 30 days; Mastercard's merchant advice
codes 01 to 30, and its limits of 10 tries in 24 hours and 35 in 30 days; Stripe's decline codes
and its own advice (docs.stripe.com/declines/codes). A card tells of one network only, so what
any of them says is heard for every card.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Literal

DeclineClass = Literal["hard", "needs_new_card", "authentication", "wait", "soft"]

RETRY_AFTER_DAYS: Final = (2, 5, 9)
"""Days after the first try; with it four in all, within every network's cap."""
MOST_TRIES: Final = 1 + len(RETRY_AFTER_DAYS)

RETRY_AT = time(9, 0)
WRITE_OFF_AFTER_DAYS = 30

NEVER_NETWORK_CODES: Final = frozenset(
    {"04", "07", "12", "14", "15", "41", "43", "46", "57", "R0", "R1"}
)
"""Visa: the issuer will never approve; another try costs a fee and brings nothing."""

NEVER_DECLINE_CODES: Final = frozenset(
    {
        "pickup_card",
        "invalid_account",
        "incorrect_number",
        "lost_card",
        "stolen_card",
        "transaction_not_allowed",
        "stop_payment_order",
        "revocation_of_authorization",
        "revocation_of_all_authorizations",
        "disputed",
    }
)
"""The same reasons in Stripe's words, for answers that carry no number; and our own, for a card
whose owner disputes a payment."""

NEVER_ADVICE: Final = frozenset({"03", "21"})
"""Mastercard: do not try again; the cardholder stopped recurring payments."""

NEW_CARD_ADVICE: Final = "01"
NEW_CARD_CODES: Final = frozenset(
    {
        "expired_card",
        "invalid_expiry_month",
        "invalid_expiry_year",
        "incorrect_cvc",
        "invalid_cvc",
        "card_not_supported",
        "currency_not_supported",
        "no_card",
    }
)
"""This card as it is on file will not do: its owner has to enter one."""

STRIPE_NEVER, STRIPE_NEW_CARD = "do_not_try_again", "confirm_card_data"
AUTHENTICATE: Final = "authentication_required"
FOR_ANOTHER_CARD: Final[frozenset[DeclineClass]] = frozenset({"hard", "needs_new_card"})
"""After these the same card is never asked again; another one is asked at once."""

WAITS: Final[Mapping[str, timedelta]] = {
    "24": timedelta(hours=1),
    "25": timedelta(hours=24),
    "02": timedelta(hours=72),
    "26": timedelta(days=2),
    "27": timedelta(days=4),
    "28": timedelta(days=6),
    "29": timedelta(days=8),
    "30": timedelta(days=10),
}
"""Mastercard's advice to wait, as spans of time: a day of them is 24 hours on every night."""

MOST_IN_30_DAYS: Final = 15
MASTERCARD_CAPS: Final = ((timedelta(hours=24), 10), (timedelta(days=30), 35))


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a declined try said: Stripe's code, the network's two codes, Stripe's own advice."""

    code: str | None
    network_code: str | None = None
    advice_code: str | None = None
    stripe_advice: str | None = None


def classify(refusal: Refusal) -> DeclineClass:
    """What a refusal means for the next try; the gravest reading of its codes wins."""
    if (
        refusal.network_code in NEVER_NETWORK_CODES
        or refusal.code in NEVER_DECLINE_CODES
        or refusal.advice_code in NEVER_ADVICE
        or refusal.stripe_advice == STRIPE_NEVER
    ):
        return "hard"
    if (
        refusal.advice_code == NEW_CARD_ADVICE
        or refusal.code in NEW_CARD_CODES
        or refusal.stripe_advice == STRIPE_NEW_CARD
    ):
        return "needs_new_card"
    if refusal.code == AUTHENTICATE:
        return "authentication"
    return "wait" if refusal.advice_code in WAITS else "soft"


def wait_after(advice_code: str | None) -> timedelta:
    """How long the network wants the same card left alone after this advice."""
    return WAITS.get(advice_code or "", timedelta(0))


def next_try(
    opened_on: date, *, tries: int, declined_on: date, waits_until: date, kind: DeclineClass
) -> date | None:
    """The date of the next try after `tries` failed ones, or none when nothing more is tried.

    2, 5 and 9 days after the first; later where the network asked to wait until a later date,
    or where the last try was late: the distances between tries never shrink.
    """
    if tries < 1:
        raise ValueError("dunning begins with a failed try")
    if kind in FOR_ANOTHER_CARD or tries >= MOST_TRIES:
        return None
    days = (0, *RETRY_AFTER_DAYS)
    apart = timedelta(days=days[tries] - days[tries - 1])
    return max(opened_on + timedelta(days=days[tries]), declined_on + apart, waits_until)


def may_ask_card(*, kind: DeclineClass, same_card: bool, rested: bool) -> bool:
    """Whether the card on file may be asked after a decline of this kind.

    `rested` tells whether the wait that the network asked for is over.
    """
    return not same_card or (kind not in FOR_ANOTHER_CARD and rested)


def within_caps(declines: Sequence[datetime], *, brand: str | None, at: datetime) -> bool:
    """Whether one more try at `at` stays within the networks' limits, given earlier declines.

    Never over 15 in 30 days; a Mastercard at most 10 in 24 hours and 35 in 30 days besides.
    """
    caps = ((timedelta(days=30), MOST_IN_30_DAYS),)
    if brand == "mastercard":
        caps += MASTERCARD_CAPS
    return all(sum(at - one < span for one in declines) < most for span, most in caps)
