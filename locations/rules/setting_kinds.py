"""Kinds of rule that a policy has: what each may be, and which of two values is the stricter one.

"Stricter" is always meant for the studio: it leaves the member more time, more money or more say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

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
