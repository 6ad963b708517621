"""Every pair of status and event has an answer, and it is the one agreed with the studios."""

import pytest

from config.errors import Refused
from membership.models.plans import MEMBERSHIP_STATES
from membership.rules.answers import Ignored, Moves, Refuses, Stays
from membership.rules.membership_status import EVENTS, REFUSALS, STATUSES, TABLE, answer, require

# One word per status: a status = moves there, + stays, . ignored, anything else = the refusal.
AGREED = {
    "start_due": "+ . . . . .",
    "payment_succeeded": "active + active active + +",
    "payment_failed": "+ grace + + + .",
    "start_abandoned": "ended . . . . .",
    "renewal_due": ". + . . . .",
    "end_reached": ". ended . . ended .",
    "grace_over": ". . locked . . .",
    "lapse_due": ". . ended ended . .",
    "hold_ask": "not_started + in_arrears in_arrears already_frozen ended!",
    "medical_hold_ask": "+ + frozen frozen + ended!",
    "hold_start": ". frozen + + . .",
    "hold_end": ". . . . active .",
    "cancel": "ended + ended ended + .",
    "undo_cancel": "nothing_to_undo + nothing_to_undo nothing_to_undo + ended!",
    "change_now": "not_started + in_arrears in_arrears frozen! ended!",
    "change_at_renewal": "not_started + in_arrears in_arrears + ended!",
    "undo_change": ". + + + + .",
    "step_down_due": ". + . . . .",
    "price_rise_due": ". + + + + .",
    "cooling_off": "ended ended ended ended ended +",
    "home_moves": "+ + + + + +",
    "location_closes": "ended + + + + .",
    "statutory_exit": "ended ended ended ended ended +",
    "card_updated": "+ + + + + +",
    "check_in": "not_started + + locked! frozen! ended!",
    "convert_due": ". . . . . +",
    "starter_bought": (
        "one_per_person already_member already_member already_member already_member +"
    ),
    "booster_bought": "extension_instead + in_arrears in_arrears frozen! +",
    "overage_bought": "not_started + in_arrears in_arrears frozen! ended!",
    "dispute_opened": "ended locked locked + + +",
    "dispute_won": ". . . active + .",
    "dispute_lost": ". ended ended ended ended +",
}


def told(found: object) -> str:
    if isinstance(found, Moves):
        return found.to
    if isinstance(found, Refuses):
        return f"{found.code}!" if found.code in STATUSES else found.code
    return {Stays: "+", Ignored: "."}[type(found)]


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("status", STATUSES)
def test_every_pair_is_answered_as_agreed(status: str, event: str) -> None:
    words = AGREED[event].split()
    assert len(words) == len(STATUSES)
    assert told(answer(status, event)) == words[STATUSES.index(status)]


def test_no_pair_is_missing_and_none_is_made_up() -> None:
    assert set(TABLE) == {(status, event) for status in STATUSES for event in EVENTS}
    assert set(AGREED) == set(EVENTS)


def test_statuses_are_those_that_the_table_of_memberships_allows() -> None:
    assert STATUSES == MEMBERSHIP_STATES


def test_every_refusal_has_a_sentence_and_every_sentence_is_used() -> None:
    used = {found.code for found in TABLE.values() if isinstance(found, Refuses)}
    assert used == set(REFUSALS)


def test_a_refused_check_in_names_its_reason() -> None:
    with pytest.raises(Refused) as refusal:
        require("locked", "check_in")
    assert refusal.value.code == "locked"


def test_an_unknown_event_is_a_mistake_and_not_a_quiet_no_op() -> None:
    with pytest.raises(KeyError):
        answer("active", "party")  # type: ignore[arg-type]
