"""Who may do what, and where: acts by roles, as the studios agreed it.

A grant is a role that somebody holds: owner and accountant for the whole group, manager and
desk at one location. A member's own things need no grant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

Role = Literal["owner", "manager", "desk", "accountant"]
ROLES: tuple[Role, ...] = ("owner", "manager", "desk", "accountant")
GROUP_ROLES: frozenset[str] = frozenset({"owner", "accountant"})


@dataclass(frozen=True, slots=True)
class Grant:
    """A role somebody holds; `location_id` is None where it holds for the whole group."""

    role: str
    location_id: UUID | None


@dataclass(frozen=True, slots=True)
class Reach:
    """Where an act is allowed: everywhere, or at these locations."""

    everywhere: bool
    location_ids: frozenset[UUID]

    def covers(self, location_id: UUID | None) -> bool:
        """Whether the act is allowed there; None asks about the group as a whole."""
        return self.everywhere or (location_id is not None and location_id in self.location_ids)

    def __bool__(self) -> bool:
        return self.everywhere or bool(self.location_ids)


_MANAGERS = frozenset({"owner", "manager"})
_AT_THE_DESK = frozenset({"owner", "manager", "desk"})
_BOOKS = frozenset({"owner", "accountant"})

# Roles that may; where they may is where they hold the role. How much a manager may refund,
# credit or write off alone is a rule of the studio's policy.
ACTS: Mapping[str, frozenset[str]] = {
    "see_members": _AT_THE_DESK,
    "check_in": _AT_THE_DESK,
    "note_member": _AT_THE_DESK,
    "undo_later": _MANAGERS,
    "comp": _MANAGERS,
    "sell": _AT_THE_DESK,
    "change_plan_for_member": _AT_THE_DESK,
    "hold_for_member": _AT_THE_DESK,
    "cancel_for_member": _AT_THE_DESK,
    "record_medical": _AT_THE_DESK,
    "grant_medical": _MANAGERS,
    "statutory_exit": _MANAGERS,
    "extend_window": _MANAGERS,
    "override_starter": _MANAGERS,
    "merge_persons": _MANAGERS,
    "ask_refund": _AT_THE_DESK,
    "refund": _MANAGERS,
    "exceed_limit": frozenset({"owner"}),
    "credit_account": _MANAGERS,
    "write_off": _MANAGERS,
    "take_cash": _AT_THE_DESK,
    "see_tills": _BOOKS | {"manager"},
    "sell_gift_card": _AT_THE_DESK,
    "cash_gift_card": _AT_THE_DESK,
    "see_failed_payments": _BOOKS | {"manager"},
    "see_disputes": _BOOKS | {"manager"},
    "answer_dispute": _MANAGERS,
    "see_promos": _AT_THE_DESK,
    "edit_promos": frozenset({"owner"}),
    "exempt_tax": _MANAGERS,
    "see_payouts": _BOOKS | {"manager"},
    "see_breaks": _BOOKS | {"manager"},
    "see_liability": _BOOKS | {"manager"},
    "lock_month": _BOOKS,
    "remit_tax": _BOOKS,
    "turn_over": _BOOKS,
    "settle_locations": _BOOKS,
    "see_revenue": _BOOKS | {"manager"},
    "export_journal": _BOOKS | {"manager"},
    "run_billing": frozenset({"owner"}),
    "rehearse_billing": _MANAGERS,
    "see_runs": _BOOKS | {"manager"},
    "unpark": _MANAGERS,
    "see_catalog": frozenset(ROLES),
    "edit_catalog": frozenset({"owner"}),
    "raise_prices": frozenset({"owner"}),
    "see_policies": frozenset(ROLES),
    "edit_policies": frozenset({"owner"}),
    "edit_location": frozenset({"owner"}),
    "see_staff": _MANAGERS,
    "staff_desk": _MANAGERS,
    "staff_any": frozenset({"owner"}),
    "see_audit": _BOOKS | {"manager"},
    "see_doctor": _BOOKS,
}


def reach(grants: frozenset[Grant], act: str) -> Reach:
    """Where these grants allow an act. KeyError for an act that nobody ever defined."""
    roles = ACTS[act]
    held = [grant.location_id for grant in grants if grant.role in roles]
    return Reach(
        everywhere=None in held, location_ids=frozenset(id_ for id_ in held if id_ is not None)
    )


def allows(grants: frozenset[Grant], act: str, *, location_id: UUID | None) -> bool:
    """Whether these grants allow an act at a location, or (None) for the group as a whole."""
    return reach(grants, act).covers(location_id)


def act_to_grant(role: str) -> str:
    """The act that giving or taking a role is: a manager staffs the own desk, no more."""
    return "staff_desk" if role == "desk" else "staff_any"
