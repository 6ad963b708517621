"""What a location's business date may still have to do, asked in a turn before anything is begun.

Each question is the query that its step begins with, or one that finds at least as much: a step
is passed over only where it would have found nothing.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from config.questions import Questions
from membership.changes import change_effects
from membership.credits import accrual, credit_endings, rollover
from membership.journey import conversion_notices, conversions, plan_offers, tier_rows, tiers
from membership.notices import notices
from membership.packs import pack_endings
from membership.people import homes_begun
from membership.plans import overdue
from membership.price_rises import price_rise_rows

_ENDINGS = Questions(
    {
        "locked": overdue.LOCKING,
        "ended": overdue.ENDING,
        "earned": accrual.RUNNING,
        "packs_expired": pack_endings.ENDING,
        "credits_expired": credit_endings.ENDED,
        "rolled_over": rollover.ROLLING,
        "moved_home": homes_begun.BEGINNING,
        "changes_dropped": change_effects.OUTLIVED,
    }
)
_LETTERS = Questions(
    {
        "warned": pack_endings.CLOSING,
        "announced": conversion_notices.UNANNOUNCED,
        "offered": plan_offers.ENDED,
        "reviewed": tier_rows.ENDED_TODAY,
        "boosted": tier_rows.BOOSTED,
        "stepping": tier_rows.UNDER_WAY,
        "raising": price_rise_rows.UNDER_WAY,
        "sent": notices.LEAVING,
        "proven": notices.PROVEN,
        "converted": conversions.STARTING,
    }
)


def endings_idle(location_id: UUID, *, on: date) -> frozenset[str]:
    """Which steps that end or earn something would find nothing."""
    asked = {"location": location_id, "on": on, "since": homes_begun.since(on)}
    return _ENDINGS.idle(asked)


def letters_idle(location_id: UUID, *, on: date, now: datetime) -> frozenset[str]:
    """Which steps that tell members something, or act on what they were told, would."""
    asked = pack_endings.asked(location_id, on=on) | plan_offers.asked(location_id, on=on)
    return _LETTERS.idle(asked | tiers.asked(location_id, on=on) | {"now": now})
