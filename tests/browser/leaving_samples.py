"""Pages of leaving and of the rules of the land, with made-up figures."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace as Facts
from typing import Any

from config.pages import FormState
from locations.policy import policy_for
from locations.rules.policy_settings import RULES
from membership.rules.exits import GROUND_WORDS, GROUNDS_AT_DESK

UNTIL = date(2027, 2, 3)
PLACE = Facts(slug="sea", name="Seattle", closes_on=UNTIL)
FORM = {"form": FormState({}), "action": "/sent", "back_url": "/back"}


def samples() -> dict[str, dict[str, Any]]:
    """A context for each page, by its template."""
    back = Facts(
        refund_cents=1_150_400, refund_tax_cents=107_900, off_cents=0, kept_cents=383_500,
        currency="USD", refund_by=UNTIL,
    )  # fmt: skip
    ways = [{"how": how, "quote": back} for how in ("end_now", "cooling_off")]
    plan = {
        "plan_name": "Maintenance 4",
        "last_access_on": UNTIL,
        "still_charged_on": [date(2027, 1, 3), date(2027, 2, 3)],
        "rest_goes_back": True,
        "currency": "USD",
        "cooling_off_until": UNTIL,
        "ways": ways,
        **FORM,
    }
    desk = {
        "member": Facts(name="Anna Wilhelmina de Vries-van den Oudenaarden"),
        "kept": {"location": "sea"},
        "asked": True,
        "undo_url": "/undo",
        "note_url": "/note",
    }
    one = Facts(name="Maintenance 4", quote=back)
    return {
        "member/cancel.html": {**plan, "exit_url": "/exit"},
        "member/cancel.html@arrears": {
            **plan, "exit_url": "/exit", "ways": [], "ends_now": True, "credit_cents": 8374,
        },
        "member/cancel_exit.html": {
            "asked": True, "miles": 25, "grounds": list(GROUND_WORDS.items()), **FORM
        },
        "member/cancel_pack.html": {
            "pack_name": "Starter 3",
            "until": UNTIL,
            "ways": [{"how": how, "quote": back} for how in ("refund_unused", "cooling_off")],
            **FORM,
        },
        "member/cancel_pack.html@none": {
            "pack_name": "Starter 3", "until": UNTIL, "ways": [], **FORM
        },
        "desk/cancel.html": {**plan, **desk, "plan": Facts()},
        "desk/cancel.html@cancelled": {**plan, **desk, "plan": Facts(), "ends_on": UNTIL},
        "desk/cancel.html@none": {**desk, **FORM, "plan": None},
        "desk/exit.html": {
            **desk, **FORM, "miles": 25, "grounds": list(GROUNDS_AT_DESK.items()),
            "ending": [one], "decline_url": "/decline",
        },
        "manage/policies.html": _policies(),
        "manage/closing.html": {
            "places": [PLACE], "rows": [(PLACE, 1200)], "planned": None, **FORM
        },
        "manage/closing.html@planned": {
            "places": [PLACE],
            "rows": [(PLACE, 1200)],
            "planned": {
                "name": "Seattle", "plans": 1200, "location": "sea", "closes_on": UNTIL
            },
            **FORM,
        },
    }  # fmt: skip


def _policies() -> dict[str, Any]:
    place = Facts(slug="sea", name="Seattle")
    policy = policy_for("US-WA", UNTIL)
    row = Facts(effective_from=UNTIL, setting="moved,disability,death,closure", reason=None)
    return {
        "place": place,
        "places": [place],
        "on": UNTIL,
        "policy": policy,
        "rules": [
            {
                "name": name,
                "words": rule.words,
                "land": rule.written(getattr(policy, name)),
                "here": "changed",
            }
            for name, rule in RULES.items()
        ],
        "changes": [{"words": RULES["statutory_exits"].words, "row": row}],
        "editable": [(name, rule.words) for name, rule in RULES.items()],
        **FORM,
    }
