"""The sandbox's clock: the machine's, or one that stands still until it is moved. Never back."""

from __future__ import annotations

import time

from stripe_sandbox.errors import invalid
from stripe_sandbox.store import Store


class SandboxClock:
    """Unix seconds. `simulated_from` None means the machine's clock."""

    def __init__(self, store: Store, simulated_from: int | None) -> None:
        self._store = store
        self.simulated = simulated_from is not None
        remembered = int(store.meta("now") or 0)
        self._now = max(remembered, simulated_from or 0)

    def now(self) -> int:
        """Seconds since 1970; never less than it was."""
        if not self.simulated:
            self._now = max(self._now, int(time.time()))
        return self._now

    def set(self, instant: int) -> None:
        """Move a simulated clock forward and remember it."""
        if not self.simulated:
            raise invalid("This sandbox runs on the machine's clock.", param="now")
        if instant < self._now:
            raise invalid(
                f"The clock never goes back: it stands at {self._now}, not {instant}.", param="now"
            )
        self._now = instant
        self._store.set_meta("now", str(instant))

    def restart(self, instant: int) -> None:
        """Put a simulated clock anywhere; only for a store that was just wiped."""
        self._now = instant
        self._store.set_meta("now", str(instant))
