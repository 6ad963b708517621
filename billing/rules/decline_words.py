"""Why a payment failed, as one says it to a member or at a desk. No word of these accuses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class Words(NamedTuple):
    """The reason after "because" or a colon: to the member, and about them to the team."""

    to_member: str
    to_team: str


_DECLINED: Final = Words("your card was declined", "the card was declined")
_BY_CODE: Final[Mapping[str, Words]] = {
    "insufficient_funds": Words("your card had too little on it", "too little on the card"),
    "expired_card": Words("your card has expired", "the card has expired"),
    "no_card": Words("there is no card on file", "there is no card on file"),
    "inquiry": Words(
        "your bank is asking about an earlier payment", "the bank asks about an earlier payment"
    ),
    "session_expired": Words("the card page was left", "the card page was left"),
    "payment_intent_authentication_failure": Words(
        "your bank did not confirm it", "the bank did not confirm it"
    ),
}
# A lost, stolen or blocked card sounds the same: a desk is no place to say so.
_BY_CLASS: Final[Mapping[str, Words]] = {
    "hard": Words(
        "your bank does not take this card any more", "the bank does not take this card any more"
    ),
    "needs_new_card": Words(
        "your card has to be entered once more", "the card has to be entered once more"
    ),
    "authentication": Words(
        "your bank wants you to confirm it", "the bank wants the member to confirm it"
    ),
}


def words(code: str | None, decline_class: str) -> Words:
    """What a decline is called, by its code where that has a name, else by its class."""
    if decline_class != "hard" and code in _BY_CODE:
        return _BY_CODE[code]
    return _BY_CLASS.get(decline_class, _DECLINED)
