"""What a run bills next: changes of plans come into effect first, then periods are claimed.

Both happen under the locks of the same transaction, so that a change and a renewal of the same
minute never bill both: a change that is asked for in between is found before anything is issued.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from billing.runs import parking
from membership.changes import change_effects, change_projections
from membership.plans import charges
from membership.rules.changes import AFTER_NOTICE
from membership.rules.due import DueBatch


def claim(
    location_id: UUID, *, on: date, reasons: Collection[str], limit: int, now: datetime
) -> DueBatch:
    """Lock and state up to `limit` periods due by `on`, under the terms that hold from then on."""
    closed = _closed(reasons)
    if "renewal" in reasons:
        change_effects.apply_due(location_id, on=on, now=now, closed=closed)
    skip = _left_alone(location_id, on, closed)
    batch = charges.claim_due(location_id, on=on, reasons=reasons, limit=limit, skip=skip)
    late = change_effects.overtaking([due.membership_id for due in batch.dues])
    if not late:
        return batch
    kept = tuple(due for due in batch.dues if due.membership_id not in late)
    return replace(batch, dues=kept, more=True)


def project(location_id: UUID, *, on: date, reasons: Collection[str]) -> Iterator[DueBatch]:
    """All of the same, page by page, without a lock and nothing written: for a rehearsal."""
    closed = _closed(reasons)
    skip = _left_alone(location_id, on, closed)
    if "renewal" in reasons:
        changing = change_effects.due(location_id, on=on, closed=closed)
        skip |= {change.membership_id for change in changing}
        dues, held = change_projections.projected(changing)
        yield DueBatch(tuple(dues), tuple(held), more=True)
    yield from charges.project_due(location_id, on=on, reasons=reasons, skip=skip)


def _left_alone(location_id: UUID, on: date, closed: Collection[str]) -> set[UUID]:
    """Whom a person has to look at first, and whose change comes first."""
    parked = parking.held_memberships(location_id)
    return {*parked, *change_effects.held_back(location_id, on=on, closed=closed)}


def _closed(reasons: Collection[str]) -> frozenset[str]:
    """Announced prices charge from the hour of first charges on, so that their days are whole."""
    return frozenset() if "first_period" in reasons else AFTER_NOTICE
