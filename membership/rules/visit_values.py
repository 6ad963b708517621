"""What a check-in looks at and what it answers, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from membership.rules.credits import Credit

Light = Literal["green", "amber", "red"]


@dataclass(frozen=True, slots=True)
class Source:
    """Credits with what they hang on: a pack, or a plan, or (a comp) neither.

    `disputed` where a bank decides, or has decided against the studio, about its payment.
    """

    credit: Credit
    name: str
    quantity: int
    pack_id: UUID | None = None
    pack_kind: str | None = None
    pack_state: str | None = None
    membership_id: UUID | None = None
    plan_status: str | None = None
    used_today: bool = False
    disputed: bool = False


@dataclass(frozen=True, slots=True)
class HeldPlan:
    """The member's live plan; one without an allowance needs no credit for a session."""

    membership_id: UUID
    name: str
    status: str
    unlimited: bool
    begins: date | None
    ends_on: date | None
    disputed: bool = False


@dataclass(frozen=True, slots=True)
class CheckInPreview:
    """What Enter would do. `code` is stable, `reason` a sentence for the desk.

    `source` names what the session is taken from; `left` of `quantity` are there before it, and
    `left_after` after it (none where it is not counted). `last_today_at` is the member's latest
    check-in of this date at any place; `request_key` is for the page that offers to check in.
    """

    allowed: bool
    light: Light
    code: str
    reason: str
    source: str | None = None
    grant_id: UUID | None = None
    pack_id: UUID | None = None
    membership_id: UUID | None = None
    quantity: int | None = None
    left: int | None = None
    left_after: int | None = None
    valid_until: date | None = None
    last_today_at: datetime | None = None
    request_key: str = ""
