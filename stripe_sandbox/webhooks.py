"""Delivery of events: signed, at least once, in no promised order, tried again with backoff.

https://docs.stripe.com/webhooks: Stripe tries for up to three days with exponential backoff, and
any answer but 2xx is a failure. Waiting is measured on the sandbox's clock; the timestamp in the
signature is the real time of sending, because receivers hold it against real time.
"""

from __future__ import annotations

import http.client
import json
import threading
from dataclasses import dataclass
from urllib.parse import urlsplit

from stripe import WebhookSignature

from stripe_sandbox.app import Api
from stripe_sandbox.objects import checkout
from stripe_sandbox.shapes import Obj, public

_WAITS = (10, 60, 300, 1800, 7200, 18_000, 36_000)
_GIVE_UP_AFTER = 3 * 24 * 3600
_BATCH = 100
_TIMEOUT_SECONDS = 10


@dataclass
class Manners:
    """How deliveries go. `delay` in seconds; `copies` beyond the first of each; `own_time`
    stamps signatures by the sandbox's clock, for a receiver that lives by a simulated one too.
    """

    paused: bool = False
    delay: int = 0
    copies: int = 0
    backwards: bool = False
    own_time: bool = False


class Courier:
    """Carries events from the store to their endpoints, in the background or on demand."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._store = api.store
        self.manners = Manners()
        self._one_at_a_time = threading.Lock()
        self._stop = threading.Event()

    def start(self) -> None:
        """Deliver what is due, and expire old Checkout sessions, until the process ends."""
        threading.Thread(target=self._work, name="courier", daemon=True).start()

    def deliver_due(self) -> Obj:
        """Deliver what is due by now; returns how many were delivered and how many failed."""
        return self._deliver(before=self._api.clock.now() - self.manners.delay)

    def flush(self) -> Obj:
        """Deliver everything that waits, due or not, paused or not."""
        return self._deliver(before=1 << 62)

    def pending(self) -> list[Obj]:
        """What waits, oldest first."""
        with self._store.lock:
            rows = self._store.db.execute(
                "SELECT id, event, endpoint, due, tries FROM deliveries ORDER BY id"
            ).fetchall()
            kinds = {event: (self._store.find(event) or {}).get("type") for _, event, *_ in rows}
        return [
            {"id": n, "event": event, "type": kinds[event], "endpoint": endpoint, "due": due,
             "tries": tries}
            for n, event, endpoint, due, tries in rows
        ]  # fmt: skip

    def _work(self) -> None:
        ticks = 0
        while not self._stop.wait(0.1):
            ticks += 1
            with self._store.lock:
                waiting = self._store.db.execute("SELECT 1 FROM deliveries LIMIT 1").fetchone()
            if waiting and not self.manners.paused:
                self.deliver_due()
            if not self._api.clock.simulated and ticks % 10 == 0:
                with self._store.transaction():
                    checkout.expire_due(self._api.call())

    def _deliver(self, before: int) -> Obj:
        done = {"delivered": 0, "failed": 0}
        with self._one_at_a_time:
            last = 0
            while batch := self._next(before, last):
                last = max(row[0] for row in batch)
                for row in reversed(batch) if self.manners.backwards else batch:
                    for _ in range(1 + self.manners.copies):
                        delivered = self._send(event_id=row[1], endpoint_id=row[2])
                    done["delivered" if delivered else "failed"] += 1
                    self._settle(row, delivered=delivered)
        return done

    def _next(self, before: int, last: int) -> list[tuple[int, str, str, int, int]]:
        with self._store.lock:
            return self._store.db.execute(
                "SELECT id, event, endpoint, first, tries FROM deliveries"
                " WHERE due <= ? AND id > ? ORDER BY id LIMIT ?",
                (before, last, _BATCH),
            ).fetchall()

    def _send(self, *, event_id: str, endpoint_id: str) -> bool:
        with self._store.lock:
            event, endpoint = self._store.find(event_id), self._store.find(endpoint_id)
        if event is None or endpoint is None:
            return True
        payload = json.dumps(public(event), separators=(",", ":"))
        stamp = self._api.clock.now() if self.manners.own_time else None
        signature = WebhookSignature.generate_signature_header(payload, endpoint["_secret"], stamp)
        address = urlsplit(endpoint["url"])
        kind = http.client.HTTPSConnection if address.scheme == "https" else (
            http.client.HTTPConnection)  # fmt: skip
        connection = kind(address.hostname or "", address.port, timeout=_TIMEOUT_SECONDS)
        path = (address.path or "/") + (f"?{address.query}" if address.query else "")
        headers = {"Content-Type": "application/json; charset=utf-8",
                   "Stripe-Signature": signature, "User-Agent": "Stripe/1.0"}  # fmt: skip
        try:
            connection.request("POST", path, payload.encode(), headers)
            return 200 <= connection.getresponse().status < 300
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _settle(self, row: tuple[int, str, str, int, int], *, delivered: bool) -> None:
        number, event_id, _, first, tries = row
        now = self._api.clock.now()
        wait = _WAITS[min(tries, len(_WAITS) - 1)]
        with self._store.transaction():
            if not delivered and now + wait <= first + _GIVE_UP_AFTER:
                self._store.db.execute(
                    "UPDATE deliveries SET tries = tries + 1, due = ? WHERE id = ?",
                    (now + wait, number),
                )
                return
            self._store.db.execute("DELETE FROM deliveries WHERE id = ?", (number,))
            event = self._store.find(event_id)
            if event is not None and delivered:
                event["pending_webhooks"] -= 1
                self._store.save(event)
