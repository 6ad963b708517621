"""What a card does when it is charged: Stripe's documented test cards, and scripts on top.

Numbers and tokens: https://docs.stripe.com/testing. Decline codes:
https://docs.stripe.com/declines/codes. Network codes and advice are given where Stripe documents
that a card carries them, and where a script asks for them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

APPROVED = "approved"
AUTHENTICATE = "authentication_required"


@dataclass(frozen=True)
class Outcome:
    """How the issuer answers. `name` is `approved`, `authentication_required` or a decline code."""

    name: str
    code: str = "card_declined"
    advice_code: str | None = None
    network_advice_code: str | None = None
    network_decline_code: str | None = None

    @property
    def message(self) -> str:
        """The sentence Stripe puts into the error."""
        return _MESSAGES.get(self.name, "Your card was declined.")


_MESSAGES = {
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
    AUTHENTICATE: "Your card was declined. This transaction requires authentication.",
}

_STOP, _LATER, _CONFIRM = "do_not_try_again", "try_again_later", "confirm_card_data"

# Decline code -> what comes with it. The network's number is Visa's usual one for that reason.
_DECLINES: dict[str, Outcome] = {
    outcome.name: outcome
    for outcome in (
        Outcome("generic_decline", advice_code=_LATER, network_decline_code="05"),
        Outcome("insufficient_funds", advice_code=_LATER, network_decline_code="51"),
        Outcome("do_not_honor", advice_code=_LATER, network_decline_code="05"),
        Outcome("try_again_later", advice_code=_LATER, network_decline_code="91"),
        Outcome("issuer_not_available", advice_code=_LATER, network_decline_code="91"),
        Outcome("card_velocity_exceeded", advice_code=_LATER, network_decline_code="61"),
        Outcome("lost_card", advice_code=_STOP, network_decline_code="41"),
        Outcome("stolen_card", advice_code=_STOP, network_decline_code="43"),
        Outcome("pickup_card", advice_code=_STOP, network_decline_code="04"),
        Outcome("restricted_card", advice_code=_STOP, network_decline_code="62"),
        Outcome("transaction_not_allowed", advice_code=_STOP, network_decline_code="57"),
        Outcome("invalid_account", advice_code=_STOP, network_decline_code="14"),
        Outcome("stop_payment_order", advice_code=_STOP, network_decline_code="R0"),
        Outcome("revocation_of_authorization", advice_code=_STOP, network_decline_code="R1"),
        Outcome("fraudulent", advice_code=_STOP, network_decline_code="59"),
        Outcome("expired_card", "expired_card", _CONFIRM, None, "54"),
        Outcome("incorrect_cvc", "incorrect_cvc", _CONFIRM, None, "N7"),
        Outcome("processing_error", "processing_error", _LATER, None, "96"),
        Outcome(AUTHENTICATE, AUTHENTICATE, None, None, "1A"),
    )
}

NAMES = frozenset({APPROVED, *_DECLINES})


@dataclass(frozen=True)
class TestCard:
    """One documented card. `authenticate`: never, unless_set_up (off-session only), always."""

    number: str
    brand: str = "visa"
    funding: str = "credit"
    outcome: str = APPROVED
    attaches: bool = True
    authenticate: str = "never"
    set_up: bool = False


def _declines(number: str, outcome: str) -> TestCard:
    """A card that Stripe documents as impossible to attach: it declines when it is saved, too."""
    return TestCard(number, outcome=outcome, attaches=False)


CARDS: dict[str, TestCard] = {
    "pm_card_visa": TestCard("4242424242424242"),
    "pm_card_visa_debit": TestCard("4000056655665556", funding="debit"),
    "pm_card_mastercard": TestCard("5555555555554444", "mastercard"),
    "pm_card_mastercard_debit": TestCard("5200828282828210", "mastercard", "debit"),
    "pm_card_amex": TestCard("378282246310005", "amex"),
    "pm_card_discover": TestCard("6011111111111117", "discover"),
    "pm_card_chargeCustomerFail": TestCard("4000000000000341", outcome="generic_decline"),
    "pm_card_visa_chargeDeclined": _declines("4000000000000002", "generic_decline"),
    "pm_card_visa_chargeDeclinedInsufficientFunds": _declines(
        "4000000000009995", "insufficient_funds"
    ),
    "pm_card_visa_chargeDeclinedLostCard": _declines("4000000000009987", "lost_card"),
    "pm_card_visa_chargeDeclinedStolenCard": _declines("4000000000009979", "stolen_card"),
    "pm_card_visa_chargeDeclinedVelocityLimitExceeded": _declines(
        "4000000000006975", "card_velocity_exceeded"
    ),
    "pm_card_chargeDeclinedExpiredCard": _declines("4000000000000069", "expired_card"),
    "pm_card_chargeDeclinedIncorrectCvc": _declines("4000000000000127", "incorrect_cvc"),
    "pm_card_chargeDeclinedProcessingError": _declines("4000000000000119", "processing_error"),
    "pm_card_authenticationRequiredOnSetup": TestCard(
        "4000002500003155", authenticate="unless_set_up"
    ),
    "pm_card_authenticationRequired": TestCard("4000002760003184", authenticate="always"),
    "pm_card_authenticationRequiredSetupForOffSession": TestCard(
        "4000003800000446", authenticate="unless_set_up", set_up=True
    ),
    "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds": TestCard(
        "4000008260003178", authenticate="always", outcome="insufficient_funds"
    ),
}

TOKEN_OF_NUMBER: dict[str, str] = {card.number: token for token, card in CARDS.items()}


def decide(
    token: str, *, set_up: bool, on_session: bool, authenticated: bool, scripted: Outcome | None
) -> Outcome:
    """The issuer's answer. A script, where one applies now, goes before the card's own nature."""
    if scripted is not None:
        if scripted.name == AUTHENTICATE and authenticated:
            return Outcome(APPROVED)
        return scripted
    card = CARDS[token]
    asks = card.authenticate == "always" or (
        card.authenticate == "unless_set_up" and (on_session or not (set_up or card.set_up))
    )
    if asks and not authenticated:
        return _DECLINES[AUTHENTICATE]
    return outcome_named(card.outcome)


def outcome_named(name: str) -> Outcome:
    """The full outcome for `approved` or a decline code."""
    return Outcome(APPROVED) if name == APPROVED else _DECLINES[name]


def scripted_now(steps: list[dict[str, Any]], now: int) -> Outcome | None:
    """The first step that applies at `now`; one limited by `times` is used up by being chosen.

    A step: `outcome`, and optionally `from` and `until` (unix seconds, half open), `times`,
    `network_advice_code`, `network_decline_code`, `advice_code`.
    """
    for step in steps:
        if step.get("from", 0) <= now < step.get("until", 1 << 62) and step.get("times") != 0:
            if "times" in step:
                step["times"] -= 1
            names = ("advice_code", "network_advice_code", "network_decline_code")
            return replace(
                outcome_named(step["outcome"]), **{n: step[n] for n in names if n in step}
            )
    return None
