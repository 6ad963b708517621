"""Faults that a test scripts: what goes wrong, at which endpoint, how often."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from stripe_sandbox.errors import invalid

# Before: no effect. After: the effect stays and only the answer is lost or spoilt.
KINDS = frozenset(
    {
        "latency",
        "timeout_before",
        "timeout_after",
        "reset",
        "reset_after",
        "500_before",
        "500_after",
        "500_outside",
        "429",
        "409",
        "unreadable",
        "undecodable",
        "wrong_object",
    }
)


@dataclass
class Fault:
    """`times` None means for ever; `skip` lets that many calls pass first; `ms` is a duration."""

    endpoint: str
    kind: str
    times: int | None = 1
    skip: int = 0
    ms: int = 300
    retry_after: int | None = None
    fired: int = 0


class Faults:
    """The faults scripted now. They live in memory: a restarted sandbox is a healthy one."""

    def __init__(self) -> None:
        self._scripted: list[Fault] = []
        self._guard = threading.Lock()

    def script(self, fault: Fault) -> None:
        """Add a fault; `endpoint` is `*` or a name such as `payment_intents.confirm`."""
        if fault.kind not in KINDS:
            raise invalid(f"Invalid kind: must be one of {', '.join(sorted(KINDS))}", param="kind")
        with self._guard:
            self._scripted.append(fault)

    def clear(self) -> None:
        """Back to health."""
        with self._guard:
            self._scripted.clear()

    def due(self, endpoint: str) -> Fault | None:
        """The fault that strikes this call, if any; using it up."""
        if not self._scripted:
            return None
        with self._guard:
            for fault in self._scripted:
                if fault.endpoint not in ("*", endpoint) or fault.times == 0:
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                if fault.times is not None:
                    fault.times -= 1
                fault.fired += 1
                return fault
        return None

    def shown(self) -> list[dict[str, object]]:
        """All scripted faults and how often each has fired."""
        return [vars(fault).copy() for fault in self._scripted]
