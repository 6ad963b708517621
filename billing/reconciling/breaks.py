"""Breaks: where Stripe and the books differ, kept as rows until they are gone.

One that is found no more resolves itself. One that a person resolves stays away unless its
figures change.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from billing.models import ReconcileBreak
from billing.rules.reconcile import Difference
from config import audit
from config.db import db
from config.errors import NotFound, invalid_field
from config.ids import new_id


def refresh(stripe_account: str, found: Sequence[Difference], *, now: datetime) -> int:
    """Write down what a look has found, in the caller's transaction; returns what is open then."""
    standing = {(row.kind, row.subject_key): row for row in _open_ones(stripe_account)}
    accepted = _accepted(stripe_account)
    seen: set[tuple[str, str]] = set()
    for one in found:
        key = (one.kind, one.subject_key)
        if (*key, one.ours_cents, one.theirs_cents) in accepted:
            continue
        seen.add(key)
        row = standing.get(key)
        if row is None:
            row = _new(stripe_account, one, now)
            db.session.add(row)
        row.location_id = one.location_id
        row.detail, row.last_seen_at = one.detail[:300], now
        row.ours_cents, row.theirs_cents = one.ours_cents, one.theirs_cents
    for key, row in standing.items():
        if key not in seen:
            row.resolved_at = now
    db.session.flush()
    return len(seen)


def open_ones(*, location_ids: Collection[UUID], placeless: str) -> list[ReconcileBreak]:
    """What is open at these locations, oldest first.

    `placeless` is "with" where those that belong to no location are asked for too.
    """
    where = ReconcileBreak.location_id.in_(location_ids)
    if placeless == "with":
        where = sa.or_(where, ReconcileBreak.location_id.is_(None))
    query = sa.select(ReconcileBreak).where(ReconcileBreak.resolved_at.is_(None), where)
    return list(db.session.scalars(query.order_by(ReconcileBreak.first_seen_at, ReconcileBreak.id)))


def get_open(break_id: UUID) -> ReconcileBreak:
    """An open break; NotFound where there is none, or no more."""
    found = db.session.get(ReconcileBreak, break_id, populate_existing=True)
    if found is None or found.resolved_at is not None:
        raise NotFound("break")
    return found


def take(break_id: UUID, *, by: audit.Actor, now: datetime) -> None:
    """Somebody looks after a break from now on."""
    found = get_open(break_id)
    found.owner_account_id = by.id
    _record(found, "break.take", by, now)


def note(break_id: UUID, *, text: str, by: audit.Actor, now: datetime) -> None:
    """Write down what is known of a break; the newest words replace the older ones."""
    found = get_open(break_id)
    found.note = _required(text)
    _record(found, "break.note", by, now)


def resolve(break_id: UUID, *, text: str, by: audit.Actor, now: datetime) -> None:
    """A person has an explanation: it stays away while its figures stay. Invalid without one."""
    found = get_open(break_id)
    found.note = _required(text)
    found.owner_account_id = by.id
    found.resolved_at, found.resolved_by = now, by.id
    _record(found, "break.resolve", by, now)


def _required(text: str) -> str:
    if not text.strip():
        raise invalid_field("/note", "Say what you found.")
    return text.strip()


def _record(found: ReconcileBreak, action: str, by: audit.Actor, now: datetime) -> None:
    db.session.flush()
    audit.record(
        actor=by,
        action=action,
        subject_type="break",
        subject_id=found.id,
        location_id=found.location_id,
        facts={"kind": found.kind, "subject": found.subject_key},
        now=now,
    )


def _open_ones(stripe_account: str) -> list[ReconcileBreak]:
    query = sa.select(ReconcileBreak).where(
        ReconcileBreak.stripe_account == stripe_account, ReconcileBreak.resolved_at.is_(None)
    )
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def _accepted(stripe_account: str) -> set[tuple[object, ...]]:
    rows = db.session.execute(
        sa.select(
            ReconcileBreak.kind,
            ReconcileBreak.subject_key,
            ReconcileBreak.ours_cents,
            ReconcileBreak.theirs_cents,
        ).where(
            ReconcileBreak.stripe_account == stripe_account,
            ReconcileBreak.resolved_by.is_not(None),
        )
    )
    return {tuple(row) for row in rows}


def _new(stripe_account: str, one: Difference, now: datetime) -> ReconcileBreak:
    return ReconcileBreak(
        id=new_id(),
        stripe_account=stripe_account,
        kind=one.kind,
        subject_key=one.subject_key[:120],
        currency=one.currency,
        first_seen_at=now,
    )
