"""Who did what to which thing: appended in the same commit as the deed, sealed afterwards.

The seal is a hash chain that one job extends. A head that every writer extended would queue
them all behind each other.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from config.db import db, dialect
from config.ids import new_id
from config.models import AuditEntry, AuditSeal
from config.redaction import clean_text

GENESIS = "0" * 64
_SEALER_LOCK = 0x7A9E5EA1  # any constant: PostgreSQL's name for "I am the sealer"
_LATE_MS = 3_600_000  # no transaction stays open for an hour


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: an account, or a part of Taper that acts by itself (no id)."""

    id: UUID | None
    label: str


SYSTEM = Actor(None, "system")


def record(
    *,
    actor: Actor,
    action: str,
    subject_type: str,
    subject_id: UUID | None,
    location_id: UUID | None,
    facts: Mapping[str, Any],
    now: datetime,
) -> UUID:
    """Append an entry in the caller's transaction and return its key.

    `facts` are plain values (text, whole numbers, dates, keys, lists, mappings); floats are a
    TypeError, since they do not survive a database unchanged. Card numbers and mail addresses
    inside text are masked: an entry can never be edited later.
    """
    entry = AuditEntry(
        id=new_id(),
        at=now,
        actor_id=actor.id,
        actor_label=clean_text(actor.label)[:80],
        action=action,
        subject_type=subject_type,
        subject_id=subject_id,
        location_id=location_id,
        facts=_plain(facts),
    )
    db.session.add(entry)
    db.session.flush()
    return entry.id


def seal(*, limit: int = 5000) -> int:
    """Chain entries that are not sealed yet, oldest first; how many were.

    The caller opens the transaction and repeats while the answer equals `limit`.
    """
    if dialect() == "postgresql":
        db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(_SEALER_LOCK)))
    last = db.session.scalars(sa.select(AuditSeal).order_by(AuditSeal.seq.desc()).limit(1)).first()
    seq, head = (last.seq, last.hash) if last else (0, GENESIS)
    rows = []
    for entry in db.session.scalars(_unsealed(_floor()).limit(limit)):
        seq += 1
        link = _link(head, entry)
        rows.append({"seq": seq, "entry_id": entry.id, "previous_hash": head, "hash": link})
        head = link
    if rows:
        db.session.execute(sa.insert(AuditSeal), rows)
    return len(rows)


def verify_chain() -> Iterator[str]:
    """A sentence for every broken link, edited entry and old entry that was never sealed."""
    expected, head = 1, GENESIS
    pairs = sa.select(AuditSeal, AuditEntry).join(AuditEntry, isouter=True).order_by(AuditSeal.seq)
    for link, entry in db.session.execute(pairs.execution_options(yield_per=1000)):
        if link.seq != expected or link.previous_hash != head:
            yield f"audit chain: link {link.seq} does not follow link {expected - 1}"
        if entry is None:
            yield f"audit chain: the entry of link {link.seq} is gone"
        elif _link(link.previous_hash, entry) != link.hash:
            yield f"audit chain: entry {entry.id} is not what was sealed"
        expected, head = link.seq + 1, link.hash
    floor = _floor()
    if floor is not None:
        for entry in db.session.scalars(_unsealed(None).where(AuditEntry.id < floor)):
            yield f"audit chain: entry {entry.id} was never sealed"


def _unsealed(floor: UUID | None) -> sa.Select[AuditEntry]:
    sealed = sa.exists().where(AuditSeal.entry_id == AuditEntry.id)
    found = sa.select(AuditEntry).where(~sealed).order_by(AuditEntry.id)
    return found if floor is None else found.where(AuditEntry.id >= floor)


def _floor() -> UUID | None:
    """An hour before the newest sealed entry: no unsealed entry is older, and none is searched."""
    ids = sa.select(AuditSeal.entry_id).order_by(AuditSeal.entry_id.desc())
    newest = db.session.scalar(ids.limit(1))
    if newest is None:
        return None
    made_ms = newest.int >> 80
    return UUID(int=max(0, made_ms - _LATE_MS) << 80)


def _link(previous: str, entry: AuditEntry) -> str:
    told = {
        "id": str(entry.id),
        "at": entry.at.isoformat(),
        "actor": [str(entry.actor_id), entry.actor_label],
        "action": entry.action,
        "subject": [entry.subject_type, str(entry.subject_id)],
        "location": str(entry.location_id),
        "facts": entry.facts,
    }
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(f"{previous}{text}".encode()).hexdigest()


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, UUID | date):
        return value.isoformat() if isinstance(value, date) else str(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    raise TypeError(f"{type(value).__name__} cannot be kept as a fact")
