"""How people leave: at the end of what is paid, at once, within the first days, or by law."""

from __future__ import annotations

from functools import partial

import sqlalchemy as sa

from billing.leaving import endings, exits, law_exits, ways_out
from config.db import db, run_txn
from demo.life import Life
from locations import places
from membership.endings import exit_requests, pack_exits
from membership.endings import exits as plan_exits
from membership.models import MemberPack

AT_ONCE, STAYS_AFTER_ALL = 0.25, 0.12


def cancel(life: Life) -> None:
    """Two clicks: with the period or, where that is offered, at once with the rest given back."""
    plan = life.plan()
    if plan is None:
        return
    on = life.wall(plan)
    at_once = "end_now" in plan_exits.offered(plan, on=on) and life.rng.random() < AT_ONCE
    if at_once:
        _end(life, "ended at once", "end_now")
        return
    asked = life.tries(
        "cancellations",
        lambda: endings.cancel(plan.id, on=on, by=life.self_service, gateway=life.gateway),
    )
    if asked and life.rng.random() < STAYS_AFTER_ALL:
        life.later(life.rng.randint(1, 4), partial(_stay, life))


def think_again(life: Life) -> None:
    """Undo a plan in its first days, with all money back."""
    _end(life, "cooling-offs", "cooling_off")


def leave_by_law(life: Life) -> None:
    """Ask on a ground that the law knows; the manager grants it, or does not."""
    asked = life.tries(
        "exits by law asked for",
        lambda: run_txn(
            lambda: exit_requests.ask(
                life.member_id,
                text="moved: my new job is in Oregon",
                now=life.world.now,
                by=life.self_service,
            )
        ),
    )
    if asked:
        life.later(life.rng.randint(1, 3), partial(_decide, life))


def give_pack_back(life: Life) -> None:
    """Undo the purchase of a pack, or have what is unused of it back, as it is offered."""
    pack = db.session.scalars(
        sa.select(MemberPack)
        .where(MemberPack.member_id == life.member_id, MemberPack.state.in_(("unopened", "open")))
        .order_by(MemberPack.id)
        .limit(1)
    ).first()
    if pack is None:
        return
    on = places.business_date(places.get(pack.sold_at), life.world.now)
    offered = pack_exits.offered(pack, on=on)
    if offered:
        life.tries(
            "packs given back",
            lambda: exits.leave_pack(pack.id, offered[0], on=on, by=life.self_service),
        )


def _end(life: Life, what: str, how: str) -> None:
    plan = life.plan()
    if plan is None:
        return
    on = life.wall(plan)
    if how in plan_exits.offered(plan, on=on):
        life.tries(what, lambda: ways_out.end(plan, how, on=on, by=life.self_service))


def _stay(life: Life) -> None:
    plan = life.plan()
    if plan is None:
        return
    on = life.wall(plan)
    life.tries(
        "cancellations undone", lambda: endings.undo_cancel(plan.id, on=on, by=life.self_service)
    )


def _decide(life: Life) -> None:
    by, now = life.staff("manager"), life.world.now
    if life.rng.random() < 0.25:
        run_txn(lambda: exit_requests.settle(life.member_id, granted_as=None, now=now, by=by))
        life.count("exits by law declined")
        return
    life.tries(
        "exits by law granted",
        lambda: law_exits.grant(
            life.member_id, ground="moved", text="", by=by, gateway=life.gateway
        ),
    )
