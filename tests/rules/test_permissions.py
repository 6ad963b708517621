"""Who may do what: every act by every role, at home, elsewhere and for the whole group."""

from __future__ import annotations

from uuid import UUID

import pytest

from locations.rules.permissions import ACTS, ROLES, Grant, act_to_grant, allows, reach

HERE, THERE = UUID(int=1), UUID(int=2)
# a: everywhere, o: at the own location, -: nowhere; owner, manager, desk, accountant.
AGREED = {
    "see_members": "aoo-",
    "check_in": "aoo-",
    "note_member": "aoo-",
    "undo_later": "ao--",
    "comp": "ao--",
    "sell": "aoo-",
    "change_plan_for_member": "aoo-",
    "hold_for_member": "aoo-",
    "cancel_for_member": "aoo-",
    "record_medical": "aoo-",
    "grant_medical": "ao--",
    "statutory_exit": "ao--",
    "extend_window": "ao--",
    "override_starter": "ao--",
    "merge_persons": "ao--",
    "ask_refund": "aoo-",
    "refund": "ao--",
    "exceed_limit": "a---",
    "credit_account": "ao--",
    "write_off": "ao--",
    "take_cash": "aoo-",
    "see_tills": "ao-a",
    "sell_gift_card": "aoo-",
    "cash_gift_card": "aoo-",
    "see_failed_payments": "ao-a",
    "see_disputes": "ao-a",
    "answer_dispute": "ao--",
    "see_promos": "aoo-",
    "edit_promos": "a---",
    "exempt_tax": "ao--",
    "see_payouts": "ao-a",
    "see_breaks": "ao-a",
    "see_liability": "ao-a",
    "lock_month": "a--a",
    "remit_tax": "a--a",
    "turn_over": "a--a",
    "settle_locations": "a--a",
    "see_revenue": "ao-a",
    "export_journal": "ao-a",
    "run_billing": "a---",
    "rehearse_billing": "ao--",
    "see_runs": "ao-a",
    "unpark": "ao--",
    "see_catalog": "aooa",
    "edit_catalog": "a---",
    "raise_prices": "a---",
    "see_policies": "aooa",
    "edit_policies": "a---",
    "edit_location": "a---",
    "see_staff": "ao--",
    "staff_desk": "ao--",
    "staff_any": "a---",
    "see_audit": "ao-a",
    "see_doctor": "a--a",
}


def grant(role: str) -> frozenset[Grant]:
    return frozenset({Grant(role, HERE if role in ("manager", "desk") else None)})


def test_every_act_is_agreed():
    assert AGREED.keys() == ACTS.keys()


@pytest.mark.parametrize("act", sorted(AGREED))
@pytest.mark.parametrize("role", ROLES)
def test_act_by_role(act, role):
    agreed = AGREED[act][ROLES.index(role)]
    grants = grant(role)
    assert allows(grants, act, location_id=HERE) is (agreed in "ao")
    assert allows(grants, act, location_id=THERE) is (agreed == "a")
    assert allows(grants, act, location_id=None) is (agreed == "a")


@pytest.mark.parametrize("act", sorted(AGREED))
def test_member_without_a_role_may_nothing(act):
    assert not reach(frozenset(), act)
    assert not allows(frozenset(), act, location_id=HERE)


def test_two_grants_add_up_but_do_not_spread():
    grants = frozenset({Grant("manager", HERE), Grant("desk", THERE)})
    assert allows(grants, "check_in", location_id=THERE)
    assert not allows(grants, "see_revenue", location_id=THERE)


def test_act_nobody_defined_is_a_defect_not_a_no():
    with pytest.raises(KeyError):
        allows(grant("owner"), "fly", location_id=HERE)


@pytest.mark.parametrize(
    ("role", "act"),
    [
        ("desk", "staff_desk"),
        ("manager", "staff_any"),
        ("accountant", "staff_any"),
        ("owner", "staff_any"),
    ],
)
def test_manager_staffs_the_desk_and_nothing_above(role, act):
    assert act_to_grant(role) == act
