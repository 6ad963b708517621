"""In which order a member's sessions are used, told before the debit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from membership.rules.credits import in_order_of_use, is_usable
from membership.rules.visit_values import Source
from membership.rules.visits import REASONS, refusal_of


@dataclass(frozen=True, slots=True)
class UseLine:
    """Credits that are held: `not_now` says why they are passed over, if they are.

    `here_only` where they are limited to one studio; `valid_until` is the first day on which
    they are over, none where they stay.
    """

    name: str
    left: int
    valid_from: date
    valid_until: date | None
    here_only: bool
    not_now: str | None


def order_of_use(sources: Sequence[Source], *, location_id: UUID, on: date) -> list[UseLine]:
    """Soonest expiry first, limited before general, oldest; what cannot be used now comes last."""
    by_id = {source.credit.id: source for source in sources}
    ordered = [by_id[c.id] for c in in_order_of_use([s.credit for s in sources])]
    lines = [_line(source, location_id, on) for source in ordered]
    return sorted(lines, key=lambda line: line.not_now is not None)


def _line(source: Source, location_id: UUID, on: date) -> UseLine:
    credit = source.credit
    return UseLine(
        name=source.name,
        left=credit.remaining,
        valid_from=credit.valid_from,
        valid_until=credit.valid_until,
        here_only=credit.scope_id is not None,
        not_now=_not_now(source, location_id, on),
    )


def _not_now(source: Source, location_id: UUID, on: date) -> str | None:
    credit = source.credit
    if credit.valid_from > on:
        return "Not yet."
    if credit.scope_id is not None and credit.scope_id != location_id:
        return "At another studio only."
    if not is_usable(credit, location_id=location_id, on=on):
        return REASONS["expired"]
    code = refusal_of(source)
    return REASONS[code] if code else None
