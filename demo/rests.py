"""Holds: planned, called off, ended early, made longer; and medical ones, which are granted."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import UUID

from billing.holds import holding
from config.calendar import Period
from demo.life import Life
from membership.models import Membership

SHORTEST, LONGEST = 7, 35
_WHY = ("A twisted ankle.", "The doctor said to wait.", "An operation in spring.")


def rest(life: Life) -> None:
    """Put the plan on hold from some day soon."""
    plan = life.plan()
    if plan is None or plan.status != "active" or plan.ends_on is not None:
        return
    span = _span(life, plan, life.rng.choice((0, 0, 2, 5, 9, 16)))
    on = life.wall(plan)
    asked = life.tries(
        "holds", lambda: holding.ask(plan.id, span=span, on=on, by=life.self_service)
    )
    if not asked:
        return
    if plan.next_due_on < span.end:
        life.count("holds over a renewal")
    luck = life.rng.random()
    if luck < 0.15 and span.start > on:
        life.on(span.start - timedelta(days=1), partial(_call_off, life))
    elif luck < 0.4:
        life.on(span.start + timedelta(days=life.rng.randint(2, 6)), partial(_return, life))
    elif luck < 0.5:
        life.on(span.end - timedelta(days=2), partial(_stay_away, life, span))


def rest_by_doctor(life: Life) -> None:
    """Ask for a medical hold; the manager decides a day later and never reads why."""
    plan = life.plan()
    if plan is None or plan.status not in ("active", "grace", "locked"):
        return
    span = _span(life, plan, 1)
    why = life.rng.choice(_WHY)
    holds: list[UUID] = []

    def ask() -> None:
        hold = holding.request_medical(
            plan, span=span, why=why, on=life.wall(plan), by=life.self_service
        )
        holds.append(hold.id)

    if life.tries("medical holds asked for", ask):
        life.later(1, partial(_decide, life, holds[0]))


def _span(life: Life, plan: Membership, in_days: int) -> Period:
    start = life.wall(plan) + timedelta(days=in_days)
    return Period(start, start + timedelta(days=life.rng.randint(SHORTEST, LONGEST)))


def _call_off(life: Life) -> None:
    plan = life.plan()
    if plan is not None:
        life.tries("holds called off", lambda: holding.call_off(plan.id, by=life.self_service))


def _return(life: Life) -> None:
    plan = life.plan()
    if plan is not None and plan.status == "frozen":
        on = life.wall(plan)
        life.tries(
            "holds ended early",
            lambda: holding.return_early(plan.id, on=on, by=life.self_service),
        )


def _stay_away(life: Life, span: Period) -> None:
    plan = life.plan()
    if plan is not None and plan.status == "frozen":
        on, until = life.wall(plan), span.end + timedelta(days=life.rng.randint(4, 20))
        life.tries(
            "holds made longer",
            lambda: holding.extend(plan.id, until=until, on=on, by=life.self_service),
        )


def _decide(life: Life, hold_id: UUID) -> None:
    plan = life.plan()
    if plan is None:
        return
    by, on = life.staff("manager"), life.wall(plan)
    if life.rng.random() < 0.2:
        life.tries("medical holds declined", lambda: holding.decline_medical(hold_id, by=by))
        return
    granted = life.tries(
        "medical holds granted", lambda: holding.grant_medical(hold_id, on=on, by=by)
    )
    if granted and life.rng.random() < 0.3:
        life.later(life.rng.randint(2, 30), partial(_forget, life, hold_id))


def _forget(life: Life, hold_id: UUID) -> None:
    if holding.forget_reason(hold_id, member_id=life.member_id):
        life.count("reasons erased")
