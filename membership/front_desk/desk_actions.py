"""What staff may do for a member, as a list on the member's card: each line is one page.

A page for an act lives at /desk/members/<member>/<path>; its line here shows it to those whose
role allows the act at the studio.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Action:
    """A line of the list: `path` follows the member's address, `act` is the permission."""

    label: str
    path: str
    act: str


ACTIONS: Final[tuple[Action, ...]] = (
    Action("Put the plan on hold", "hold", "hold_for_member"),
    Action("Change the plan", "plan", "change_plan_for_member"),
    Action("Move home", "home", "change_plan_for_member"),
    Action("Cancel the plan", "cancel", "cancel_for_member"),
    Action("Sell a gift card", "gift-card", "sell_gift_card"),
    Action("Account credit", "credit", "credit_account"),
    Action("Tax exemption", "exempt", "exempt_tax"),
    Action("Exit by law", "exit", "statutory_exit"),
    Action("Give sessions for free", "comp", "comp"),
    Action("Give money back", "refund", "ask_refund"),
    Action("Take an older visit back", "visits", "undo_later"),
    Action("Enough for now: end the intensive phase", "done", "check_in"),
    Action("More days for a pack", "extend", "extend_window"),
    Action("Leave for one more starter", "starter-again", "override_starter"),
    Action("Merge with another record", "merge", "merge_persons"),
)
