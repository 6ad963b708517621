"""What an owner changes of the land's rules at a studio: tighter freely, looser with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from config import audit
from config.audit import Actor
from config.db import db
from config.errors import Refused, invalid_field
from config.ids import new_id
from locations.models import PolicyOverride
from locations.rules.policy import Policy
from locations.rules.policy_settings import RULES


def merged(land: Policy, location_id: UUID, *, on: date) -> Policy:
    """The land's policy with what was changed at this studio by a date.

    What was tightened (no reason was needed) never falls behind the land, whatever the land
    asks for since; what was loosened with a reason holds as it was set.
    """
    changed: dict[str, object] = {}
    for row in _begun(location_id, on):
        rule = RULES[row.rule]
        value = rule.parsed(row.setting)
        from_land = getattr(land, row.rule)
        changed[row.rule] = value if row.reason else rule.strictest(from_land, value)
    return replace(land, **changed) if changed else land


def set_rule(
    *,
    location_id: UUID,
    land: Policy,
    rule: str,
    setting: str,
    effective_from: date,
    reason: str | None,
    on: date,
    by: Actor,
    now: datetime,
) -> PolicyOverride:
    """Let a rule be set otherwise at a studio from a date on, today or later.

    `land` is the jurisdiction's policy on that date. Raises Invalid naming the field: an unknown
    or fixed rule, a setting out of range, a day gone by, a looser rule without a reason.
    """
    if rule not in RULES or RULES[rule].stricter == "fixed":
        raise invalid_field("/rule", "This rule cannot be changed at a studio.")
    if effective_from < on:
        raise invalid_field("/effective_from", "Choose today or a day to come.")
    try:
        value = RULES[rule].parsed(setting)
    except ValueError as error:
        raise invalid_field("/setting", f"This {error}.") from None
    reason = (reason or "").strip() or None
    looser = RULES[rule].way(getattr(land, rule), value) == "looser"
    if looser and reason is None:
        raise invalid_field("/reason", "This is looser than the land asks for: give the reason.")
    if db.session.scalar(_same_day(location_id, rule, effective_from)) is not None:
        raise Refused("rule_begins_already", "This rule is changed on that day already.")
    row = PolicyOverride(
        id=new_id(),
        location_id=location_id,
        rule=rule,
        setting=RULES[rule].written(value),
        effective_from=effective_from,
        reason=reason if looser else None,
        by_account_id=by.id,
        at=now,
    )
    db.session.add(row)
    db.session.flush()
    audit.record(
        actor=by,
        action="policy.changed",
        subject_type="location",
        subject_id=location_id,
        location_id=location_id,
        facts={
            "rule": rule,
            "setting": row.setting,
            "effective_from": effective_from,
            "reason": reason,
        },
        now=now,
    )
    return row


def of_location(location_id: UUID) -> Sequence[PolicyOverride]:
    """Every change ever made at a studio, the newest first."""
    query = sa.select(PolicyOverride).where(PolicyOverride.location_id == location_id)
    return db.session.scalars(
        query.order_by(PolicyOverride.effective_from.desc(), PolicyOverride.id.desc())
    ).all()


def _begun(location_id: UUID, on: date) -> Sequence[PolicyOverride]:
    """Oldest first, so that the newest of a rule is the one that is left."""
    query = sa.select(PolicyOverride).where(
        PolicyOverride.location_id == location_id, PolicyOverride.effective_from <= on
    )
    return db.session.scalars(
        query.order_by(PolicyOverride.effective_from, PolicyOverride.id)
    ).all()


def _same_day(location_id: UUID, rule: str, effective_from: date) -> sa.Select[UUID]:
    return sa.select(PolicyOverride.id).where(
        PolicyOverride.location_id == location_id,
        PolicyOverride.rule == rule,
        PolicyOverride.effective_from == effective_from,
    )
