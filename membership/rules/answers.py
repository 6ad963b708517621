"""What a status table may answer to an event: it moves, stays, is ignored or is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from config.errors import Refused

S = TypeVar("S", bound=str)


@dataclass(frozen=True, slots=True)
class Moves(Generic[S]):
    """The status becomes another one."""

    to: S


@dataclass(frozen=True, slots=True)
class Stays:
    """The status holds, and the event has its effect."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """Nothing happens, quietly: a repeat, or not meant for this status."""


@dataclass(frozen=True, slots=True)
class Refuses:
    """Not allowed; the code names the reason and has a sentence of its own."""

    code: str


def refuse(found: Refuses, sentences: Mapping[str, str]) -> Refused:
    """The refusal as an error to raise, with its sentence."""
    return Refused(found.code, sentences[found.code])
