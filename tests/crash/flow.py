"""What can be killed: something that is done, what follows a crash of it, and what must hold."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from billing.gateway import Gateway
from billing.payments import collect
from billing.reconciling.reconcile import collected_findings
from config import clock
from config.clock import ManualLeaseClock, SimulatedClock
from stripe_sandbox.launch import Running
from tests.crash.pictured import doctors_findings
from tests.crash.points import Point

Picture = dict[str, list[str]]


class Way(NamedTuple):
    """How recovery goes: whether Stripe's letters come before all else, or never; and whether
    Stripe has forgotten the keys of the first try.
    """

    letters_first: bool
    keys_forgotten: bool


class Flow(ABC):
    """One thing that is done, on a stage with two clocks and a stand-in for Stripe.

    `slow` names the points from which recovery is also tried after Stripe has forgotten its keys.
    """

    slow = r"payment_intents|v1/refunds"

    def __init__(self, stripe: Running, clock: SimulatedClock, leases: ManualLeaseClock) -> None:
        self.stripe = stripe
        self.clock = clock
        self.leases = leases

    @abstractmethod
    def build(self) -> None:
        """Bring about what is found at RUN_AT, beginning at BEFORE_ALL."""

    @abstractmethod
    def act(self) -> None:
        """What is killed."""

    @abstractmethod
    def recover(self, way: Way) -> None:
        """What members, clerks and jobs do afterwards, until nothing is left to do."""

    @abstractmethod
    def picture(self, way: Way) -> Picture:
        """All that must be the same whether or not something died on the way."""

    def complaints(self) -> list[str]:
        """What is wrong whatever was meant: the doctor's findings, and what Stripe tells apart."""
        asked_at = clock.now() + timedelta(days=2)
        told = collected_findings(self.gateway, asked_at=asked_at)
        return doctors_findings() + [f"S1: {text}" for text in told]

    def ways(self, n: int, alike: Sequence[Point]) -> Iterator[Way]:
        """How the n-th state, which `alike` leave behind, is recovered from: soon, and without
        keys, too, where it concerns money.
        """
        yield Way(letters_first=n % 2 == 1, keys_forgotten=False)
        if self.slow and any(self._is_money(point) for point in alike):
            yield Way(letters_first=False, keys_forgotten=True)

    def _is_money(self, point: Point) -> bool:
        charged = point.thread == "charge" and "commit" in point.what
        return charged or re.search(self.slow, point.what) is not None

    @property
    def gateway(self) -> Gateway:
        """The door of this process."""
        return collect.collecting().gateway

    def move(self, now: datetime) -> None:
        """Both clocks."""
        self.clock.set(now)
        self.stripe.control("POST", "clock", {"now": now.isoformat()})

    def forget_keys(self) -> None:
        """A day passes at Stripe, and an hour; for us no time has passed."""
        later = clock.now() + timedelta(hours=25)
        self.stripe.control("POST", "clock", {"now": later.isoformat()})
