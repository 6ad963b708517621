"""A day's look at Stripe, with a payout, a fee and a difference, while somebody kills the process.

A process of its own, as the renewal's rig: reads its task as JSON, prints its findings as JSON.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import current_app

from billing import collect, reconciling, run
from billing.models import BalanceTransaction, Payout, ReconcileBreak, ReconcileRun, StrayIntent
from config.db import db
from locations.models import LedgerRollup
from stripe_sandbox.launch import launch
from tests.crash.points import Point, Tracer
from tests.crash.recovery import Way
from tests.crash.rig import kill_each
from tests.crash.shop import begin_plan, forget_starters, join, open_shop, put_card
from tests.crash.stage import Stage
from tests.crash.world import BEFORE_ALL, RUN_AT
from tests.support import databases

SHOWN: dict[type, tuple[str, ...]] = {
    BalanceTransaction: ("kind", "amount_cents", "fee_cents", "booked_on"),
    Payout: ("state", "amount_cents", "booked_on"),
    ReconcileBreak: ("kind", "theirs_cents", "resolved_at"),
    ReconcileRun: ("business_date", "charges", "payouts", "breaks", "seen_until"),
    StrayIntent: ("amount_cents", "adopted_at"),
}


class ImportStage(Stage):
    """Two members were charged a week ago and paid out; a third charge is nobody's."""

    def _build(self) -> None:
        now, shop = BEFORE_ALL, open_shop()
        gateway = collect.collecting().gateway
        for who in ("ana", "ben"):
            member_id = join(who, shop, now)
            put_card(member_id, stripe=self._stripe, gateway=gateway, now=now)
            begin_plan(member_id, shop.two, shop, now)
        run.bill(shop.sea, on=date(2027, 1, 4))
        forget_starters()
        self._stripe.control("POST", "clock", {"now": RUN_AT.isoformat()})
        self._stripe.control("POST", "payouts")
        self._charge_a_stranger()
        self._clock.set(RUN_AT)
        if db.engine.dialect.name == "sqlite":
            with db.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def _charge_a_stranger(self) -> None:
        gateway = collect.collecting().gateway
        customer = gateway.create_customer(key="cu:x", email="x@studio.example", metadata={})
        card = self._stripe.control(
            "POST", "cards", {"customer": customer, "token": "pm_card_visa"}
        )
        intent = gateway.create_intent(
            key="pi:x", customer_id=customer, amount_cents=4200, currency="USD", metadata={}
        )
        gateway.confirm_intent(intent.id, key="cf:x", payment_method_id=card["id"])

    def _run(self, die_at: Point | None) -> list[Point]:
        tracer = Tracer(die_at)
        tracer.watch(db.engine)
        reconciling.work()
        return tracer.seen

    def _recover(self, way: Way) -> dict[str, Any]:
        reconciling.work()
        return {"complaints": _complaints(), "picture": _picture()}


def _complaints() -> list[str]:
    doctor = current_app.extensions["taper.doctor"]
    return [f"{f.code}: {text}" for f in doctor.examine() for text in f.violations]


def _picture() -> dict[str, list[str]]:
    told: dict[str, list[str]] = {}
    for model, names in SHOWN.items():
        rows = db.session.scalars(sa.select(model))
        told[model.__name__] = sorted(
            " ".join(f"{name}={getattr(row, name)}" for name in names) for row in rows
        )
    books = sa.select(
        LedgerRollup.account, sa.func.sum(LedgerRollup.debit_cents - LedgerRollup.credit_cents)
    ).group_by(LedgerRollup.account)
    told["the books"] = sorted(f"{account} {cents}" for account, cents in db.session.execute(books))
    return told


def main(task: dict[str, Any]) -> dict[str, Any]:
    """`kind`, `folder`, `share` [which, of how many]."""
    folder = Path(task["folder"])
    with (
        databases.fresh(task["kind"], folder) as url,
        launch(db=folder / "stripe.sqlite3", now=BEFORE_ALL) as stripe,
    ):
        stage = ImportStage(url, folder, stripe, None)
        stage.prepare()
        points = stage.trace()
        which, of = task["share"]
        killed, wrong = kill_each(stage, points[which::of], stop_at_first=False)
        picture = stage.undisturbed(Way(letters_first=False, keys_forgotten=False))
    return {"points": points, "killed": killed, "findings": wrong, "picture": picture}


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
