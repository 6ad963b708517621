"""Each rule of a policy: what it may be set to, and which of two settings is the stricter one.

"Stricter" is always meant for the studio: it leaves the member more time, more money or more say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

EXITS: Final = ("moved", "disability", "death", "closure")

Direction = Literal["more", "less", "yes", "no", "fixed"]
Way = Literal["same", "stricter", "looser"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, in `words` for people. `stricter` says which way tightens; "fixed" ones are facts
    of the law or promises of the house, and no studio's to change.
    """

    words: str
    stricter: Direction

    def checked(self, value: Any) -> Any:
        """The value of a file, or ValueError with what it should be."""
        raise ValueError(f"cannot be {value!r}")

    def parsed(self, text: str) -> Any:
        """The value that somebody typed, or ValueError with what it should be."""
        return self.checked(text.strip())

    def written(self, value: Any) -> str:
        """The value as `parsed` reads it."""
        return str(value)

    def way(self, old: Any, new: Any) -> Way:
        """Where a change from one value to another leads."""
        if old == new:
            return "same"
        return "stricter" if self._tightens(old, new) else "looser"

    def strictest(self, one: Any, other: Any) -> Any:
        """The stricter of two values."""
        return other if self.way(one, other) == "stricter" else one

    def _tightens(self, old: Any, new: Any) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class Count(Rule):
    """A whole number from `low` to `high`; `zero_is_none` where 0 means that there is no limit."""

    low: int
    high: int
    zero_is_none: bool = False

    def checked(self, value: Any) -> int:
        if type(value) is not int or not self.low <= value <= self.high:
            raise ValueError(f"must be a whole number from {self.low} to {self.high}")
        return value

    def parsed(self, text: str) -> int:
        text = text.strip()
        return self.checked(int(text) if text.isascii() and text.isdigit() else None)

    def _tightens(self, old: int, new: int) -> bool:
        if self.zero_is_none:
            old, new = old or self.high + 1, new or self.high + 1
        return new > old if self.stricter == "more" else new < old


@dataclass(frozen=True, slots=True)
class Switch(Rule):
    """Yes or no."""

    def checked(self, value: Any) -> bool:
        if type(value) is not bool:
            raise ValueError("must be true or false")
        return value

    def parsed(self, text: str) -> bool:
        if text.strip() not in ("yes", "no"):
            raise ValueError("must be yes or no")
        return text.strip() == "yes"

    def written(self, value: bool) -> str:
        return "yes" if value else "no"

    def _tightens(self, old: bool, new: bool) -> bool:
        return new is (self.stricter == "yes")


@dataclass(frozen=True, slots=True)
class Choice(Rule):
    """One of a few words, from the loosest to the strictest."""

    among: tuple[str, ...]

    def checked(self, value: Any) -> str:
        if value not in self.among:
            raise ValueError(f"must be one of {', '.join(self.among)}")
        return value

    def _tightens(self, old: str, new: str) -> bool:
        return self.among.index(new) > self.among.index(old)


@dataclass(frozen=True, slots=True)
class Words(Rule):
    """Some of these words, in their order; more of them is stricter."""

    among: tuple[str, ...]

    def checked(self, value: Any) -> tuple[str, ...]:
        known = isinstance(value, list | tuple) and all(one in self.among for one in value)
        if not known or len(set(value)) != len(value):
            raise ValueError(f"must be a list out of {', '.join(self.among)}")
        return tuple(one for one in self.among if one in value)

    def parsed(self, text: str) -> tuple[str, ...]:
        return self.checked([one.strip() for one in text.split(",") if one.strip()])

    def written(self, value: tuple[str, ...]) -> str:
        return ",".join(value)

    def _tightens(self, old: tuple[str, ...], new: tuple[str, ...]) -> bool:
        return set(new) > set(old)


@dataclass(frozen=True, slots=True)
class Days(Rule):
    """Days before something, the farthest first; more notices, or earlier ones, are stricter."""

    high: int

    def checked(self, value: Any) -> tuple[int, ...]:
        if not isinstance(value, list | tuple) or not value:
            raise ValueError("must be a list of days")
        if not all(type(one) is int and 1 <= one <= self.high for one in value):
            raise ValueError(f"must be days from 1 to {self.high}")
        if list(value) != sorted(set(value), reverse=True):
            raise ValueError("must fall from day to day")
        return tuple(value)

    def parsed(self, text: str) -> tuple[int, ...]:
        parts = [one.strip() for one in text.split(",") if one.strip()]
        if not all(one.isascii() and one.isdigit() for one in parts):
            raise ValueError("must be days, like 14,7")
        return self.checked([int(one) for one in parts])

    def written(self, value: tuple[int, ...]) -> str:
        return ",".join(str(one) for one in value)

    def _tightens(self, old: tuple[int, ...], new: tuple[int, ...]) -> bool:
        return len(new) >= len(old) and all(b >= a for a, b in zip(old, new, strict=False))


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
