"""A pack that is given back, goodwill that is granted, and both sent, while somebody kills the
process; then the clerk clicks again, and the jobs go on.

A process of its own, as the renewal's rig: reads its task as JSON, prints its findings as JSON.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from billing import (
    checkout,
    collect,
    exits,
    hosted,
    refund_grants,
    refund_outcomes,
    refund_sends,
    run,
    sales,
)
from billing.doctor_refunds import refund_findings
from billing.gateway import Gateway
from billing.models import CreditNote, Invoice, Payment, PaymentIntent, Refund
from billing.refund_grants import Wish
from billing.refund_terms import Terms
from config import clock
from config.audit import SYSTEM
from config.db import db, run_txn, transaction
from config.errors import Refused
from locations import places
from locations.rules.permissions import Grant
from membership import visits
from membership.models import Charge, CreditGrant, MemberPack
from stripe_sandbox.launch import Running, launch
from tests.crash.pictured import doctors_findings, rows_and_books
from tests.crash.points import Point, Tracer
from tests.crash.recovery import LEASE_MS, Way
from tests.crash.rig import kill_each
from tests.crash.shop import begin_plan, forget_starters, join, open_shop, put_card
from tests.crash.stage import Stage
from tests.crash.world import BEFORE_ALL, RUN_AT
from tests.support import databases

TODAY = date(2027, 1, 14)
OWNER = frozenset({Grant("owner", None)})
KEY = UUID(int=7)
SHOWN: dict[type, tuple[str, ...]] = {
    Refund: ("tender", "state", "amount_cents", "finished_on", "failure_code"),
    Charge: ("kind", "state", "net_cents", "tax_cents", "due_on"),
    CreditNote: ("reason", "number", "total_cents"),
    Invoice: ("reason", "state", "credited_cents", "refunds_owed_cents"),
    Payment: ("tender", "amount_cents", "refunded_cents"),
    MemberPack: ("state",),
    CreditGrant: ("product", "state", "remaining", "remaining_cents"),
}


class RefundStage(Stage):
    """A starter used once and a week of a plan, both paid by card."""

    def _build(self) -> None:
        now = BEFORE_ALL
        shop, gateway = open_shop(), collect.collecting().gateway
        self._buy_starter(join("starter", shop, now), shop.starter, gateway)
        member_id = join("plan", shop, now)
        put_card(member_id, stripe=self._stripe, gateway=gateway, now=now)
        begin_plan(member_id, shop.two, shop, now)
        run.bill(shop.sea, on=date(2027, 1, 4))
        forget_starters()
        self._clock.set(RUN_AT)
        self._stripe.control("POST", "clock", {"now": RUN_AT.isoformat()})
        if db.engine.dialect.name == "sqlite":
            with db.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def _buy_starter(self, member_id: Any, version: Any, gateway: Gateway) -> None:
        sea, now = places.find("sea"), BEFORE_ALL
        with transaction():
            placed = sales.place_pack(
                member_id=member_id, pack_version_id=version, location_id=sea.id, now=now
            )
        hosted.open_page(placed.attempt_id, gateway=gateway, now=now)
        session_id = str(db.session.scalar(sa.select(PaymentIntent.session_id)))
        self._stripe.control("POST", f"checkout/{session_id}/pay", {"token": "pm_card_visa"})
        checkout.finish(session_id, gateway=gateway, now=now)
        with transaction():
            visits.check_in(
                member_id, location_id=sea.id, by_account_id=None, request_key=None, now=now
            )

    def _run(self, die_at: Point | None) -> list[Point]:
        tracer = Tracer(die_at)
        tracer.watch(db.engine)
        click()
        refund_sends.work()
        return tracer.seen

    def _recover(self, way: Way) -> dict[str, Any]:
        if way.keys_forgotten:
            later = clock.now() + timedelta(hours=25)
            self._stripe.control("POST", "clock", {"now": later.isoformat()})
        click()
        if way.letters_first:
            bring_letters()
        for _ in range(3):
            self._leases.advance(LEASE_MS * 40)
            refund_sends.work()
        return {"complaints": complaints(), "picture": picture()}


def click() -> None:
    """Both forms are sent; sent again they change nothing."""
    pack_id = db.session.scalars(sa.select(MemberPack.id).where(MemberPack.state == "open")).first()
    db.session.rollback()
    if pack_id is not None:
        with suppress(Refused):
            exits.leave_pack(pack_id, "refund_unused", on=TODAY, by=SYSTEM)
    plan = sa.select(Invoice.id).where(Invoice.membership_id.is_not(None)).order_by(Invoice.id)
    wish = Wish(
        db.session.scalars(plan.limit(1)).one(),
        Terms("goodwill", "card", (), 2000),
        2000,
        "cold",
        KEY,
    )
    run_txn(
        lambda: refund_grants.grant(wish, asked_by=None, grants=OWNER, by=SYSTEM, now=clock.now())
    )


def bring_letters() -> None:
    """What Stripe tells of every refund reaches us before our own jobs look."""
    gateway = collect.collecting().gateway
    for seen in list(gateway.refunds_created(since=0, until=1 << 40)):
        refund_outcomes.look(seen.id, gateway=gateway, now=clock.now())


def complaints() -> list[str]:
    later = clock.now() + timedelta(days=2)
    return doctors_findings() + list(refund_findings(collect.collecting().gateway, asked_at=later))


def picture() -> dict[str, list[str]]:
    told = rows_and_books(SHOWN)
    found = collect.collecting().gateway.refunds_created(since=0, until=1 << 40)
    told["at Stripe"] = sorted(f"{one.amount_cents} {one.status}" for one in found)
    return told


def main(task: dict[str, Any]) -> dict[str, Any]:
    """`kind`, `folder`, `share` [which, of how many]."""
    folder = Path(task["folder"])
    with (
        databases.fresh(task["kind"], folder) as url,
        launch(db=folder / "stripe.sqlite3", now=BEFORE_ALL) as stripe,
    ):
        stage = _staged(url, folder, stripe)
        points = stage.trace()
        which, of = task["share"]
        killed, wrong = kill_each(stage, points[which::of], stop_at_first=False)
        seen = stage.undisturbed(Way(letters_first=False, keys_forgotten=False))
    return {"points": points, "killed": killed, "findings": wrong, "picture": seen}


def _staged(url: str, folder: Path, stripe: Running) -> RefundStage:
    stage = RefundStage(url, folder, stripe, None)
    stage.prepare()
    return stage


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
