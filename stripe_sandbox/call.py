"""One request while it is being answered: what was asked, and how to reach what is remembered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stripe_sandbox.errors import missing
from stripe_sandbox.shapes import Obj, public
from stripe_sandbox.store import Store, new_id

API_VERSION = "2026-10-28.endive"


@dataclass(frozen=True)
class Call:
    """`now` is unix seconds on the sandbox's clock; `base_url` has no slash at its end."""

    store: Store
    now: int
    base_url: str
    params: dict[str, Any]
    request_id: str | None = None
    key: str | None = None

    def get(self, kind: str, object_id: str, *, param: str | None = None) -> Obj:
        """The object of this kind and id; unknown ids are refused as Stripe refuses them."""
        found = self.store.find(object_id)
        if found is None or found["object"] != kind:
            missing(kind, object_id, param=param)
        return found

    def add(self, kind: str, obj: Obj) -> Obj:
        """Store a new object created now."""
        return self.store.add(kind, obj, created=self.now)

    def emit(self, kind: str, obj: Obj) -> None:
        """Record an event about an object, and a delivery for every endpoint that listens to it."""
        listeners = _listeners(self.store, kind)
        event = self.store.add(
            "event",
            {
                "id": new_id("evt"),
                "type": kind,
                "api_version": API_VERSION,
                "data": {"object": public(obj)},
                "_of": obj["object"],
                "pending_webhooks": len(listeners),
                "request": {"id": self.request_id, "idempotency_key": self.key},
            },
            created=self.now,
        )
        for endpoint_id in listeners:
            self.store.db.execute(
                "INSERT INTO deliveries (event, endpoint, first, due) VALUES (?, ?, ?, ?)",
                (event["id"], endpoint_id, self.now, self.now),
            )

    def merged_metadata(self, old: dict[str, str]) -> dict[str, str]:
        """Metadata after this call: given keys win, an empty value unsets, "" clears all."""
        given = self.params.get("metadata")
        if given is None:
            return old
        if given == "":
            return {}
        return {k: v for k, v in {**old, **given}.items() if v != ""}


def _listeners(store: Store, kind: str) -> list[str]:
    rows = store.db.execute("SELECT id FROM webhook_endpoints").fetchall()
    endpoints = [store.find(object_id) or {} for (object_id,) in rows]
    return [
        e["id"]
        for e in endpoints
        if e.get("status") == "enabled" and {"*", kind} & set(e["enabled_events"])
    ]
