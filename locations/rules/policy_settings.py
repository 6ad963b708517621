"""Every rule of a policy, in words for people, and what it may be set to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from locations.rules.setting_kinds import Choice, Count, Days, Rule, Switch, Words

EXITS: Final = ("moved", "disability", "death", "closure")

RULES: Final[Mapping[str, Rule]] = {
    "cooling_off_business_days": Count(
        "Business days in which a contract may be undone with all money back", "more", 0, 30
    ),
    "saturday_is_business_day": Switch("Saturday counts as a business day", "no"),
    "holidays": Choice("Calendar of public holidays", "fixed", ("US", "US-WA")),
    "refund_within_days": Count("Days in which a refund is sent", "less", 1, 90),
    "end_now_refund": Switch(
        "A member may end at any time, and what is unused goes back in money", "yes"
    ),
    "statutory_exits": Words(
        "Grounds that end a plan at once with the unused part back", "more", EXITS
    ),
    "moved_over_miles": Count("Miles from which on a move counts as a ground", "less", 1, 100),
    "cancel_notice_most_days": Count("Most days of notice that a plan may ask for", "less", 0, 60),
    "commitment_most_months": Count(
        "Most months that a plan may bind a member (0: none)", "less", 0, 36
    ),
    "expired_value": Choice("What becomes of expired credits", "more", ("breakage", "refundable")),
    "dormancy_years": Count("Years until unclaimed value is reported to the state", "fixed", 0, 20),
    "gift_card_dormancy_years": Count(
        "Years without a movement until a gift card is reported to the state (0: never)",
        "less",
        0,
        20,
        zero_is_none=True,
    ),
    "account_credit_dormancy_years": Count(
        "Years without a movement until account credit is reported to the state (0: never)",
        "less",
        0,
        20,
        zero_is_none=True,
    ),
    "first_charge_notice_days": Count("Days of notice before a first charge", "more", 7, 60),
    "price_notice_days": Days("Days before a raised price on which members are told", "more", 90),
    "manager_limit_cents": Count(
        "Most, in minor units, that a manager gives back, credits or writes off alone",
        "fixed",
        0,
        1_000_000,
    ),
    "dues_raises_per_year": Count(
        "Most raises of dues in a calendar year (0: no limit)", "less", 0, 12, zero_is_none=True
    ),
    "gift_card_cash_below_cents": Count(
        "Cents below which the rest of a used gift card is paid out in cash (0: never)",
        "more",
        0,
        100_000,
    ),
    "offers_open_to_all": Switch("A special offer is open to everybody", "yes"),
    "health_data_consent": Switch("Health data asks for a consent of its own", "fixed"),
}
