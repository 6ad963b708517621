"""Idempotency keys as Stripe documents them (https://docs.stripe.com/api/idempotent_requests).

The first status and body are kept once execution began, 500s included, and given again for the
same key. The same key with other parameters is an error, a second one while the first still runs
is a 409. Refusals from reading parameters, 409 and 429 are never kept. A key may be forgotten
after 24 hours.
"""

from __future__ import annotations

import hashlib
import threading
import zlib
from dataclasses import dataclass

from stripe_sandbox.errors import Unstored
from stripe_sandbox.store import Store

_REMEMBERED_FOR = 24 * 60 * 60
_PRUNE_EVERY = 500


@dataclass(frozen=True)
class Claim:
    """A key held by the request that runs under it. `digest` stands for address and parameters."""

    key: str
    address: str
    digest: bytes


class Keys:
    """The keys of one sandbox: those remembered, in the store, and those in use now, in memory."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._in_use: set[str] = set()
        self._guard = threading.Lock()
        self._kept = 0

    def claim(
        self, key: str, *, address: str, body: bytes
    ) -> tuple[Claim, tuple[int, bytes] | None]:
        """Take a key. The second value is the remembered answer, when there is one to replay.

        Raises `idempotency_key_in_use` (409) and `idempotency_error` (400). A claim without a
        remembered answer must be released.
        """
        digest = hashlib.sha256(b"&".join(sorted(body.split(b"&")))).digest()
        claim = Claim(key, address, digest)
        with self._guard:
            if key in self._in_use:
                raise in_use(key)
            self._in_use.add(key)
        with self._store.lock:
            row = self._store.db.execute(
                "SELECT endpoint, digest, status, body FROM idempotency WHERE key = ?", (key,)
            ).fetchone()
        if row is None:
            return claim, None
        self.release(claim)
        if row[0] != address:
            raise _mismatch(f"Keys for idempotent requests can only be used for the same endpoint"
                            f" they were first used for ('{row[0]}' vs '{address}').")  # fmt: skip
        if row[1] != digest:
            raise _mismatch("Keys for idempotent requests can only be used with the same parameters"
                            f" they were first used with. Try using a key other than '{key}' if you"
                            " meant to execute a different request.")  # fmt: skip
        return claim, (row[2], zlib.decompress(row[3]))

    def keep(self, claim: Claim, *, status: int, body: bytes, now: int) -> None:
        """Remember an answer, in the transaction that holds its effects."""
        self._store.db.execute(
            "INSERT INTO idempotency VALUES (?, ?, ?, ?, ?, ?)",
            (claim.key, now, claim.address, claim.digest, status, zlib.compress(body, 1)),
        )
        self._kept += 1
        if self._kept % _PRUNE_EVERY == 0:
            self.prune(now)

    def prune(self, now: int) -> None:
        """Forget keys older than a day, as Stripe may."""
        self._store.db.execute(
            "DELETE FROM idempotency WHERE created < ?", (now - _REMEMBERED_FOR,)
        )

    def release(self, claim: Claim) -> None:
        """Let the key go once the request is over."""
        with self._guard:
            self._in_use.discard(claim.key)


def in_use(key: str) -> Unstored:
    """The 409 for a key whose first request still runs."""
    return Unstored(
        409,
        {
            "type": "invalid_request_error", "code": "idempotency_key_in_use",
            "message": "There is currently another in-progress request using this Idempotent Key"
            f" ({key}). Try again later.",
        },
    )  # fmt: skip


def _mismatch(message: str) -> Unstored:
    return Unstored(400, {"type": "idempotency_error", "message": message})
