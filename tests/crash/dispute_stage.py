"""A dispute over a plan and one over a pack, learned of while somebody kills the process.

A process of its own, as the renewal's rig: reads its task as JSON, prints its findings as JSON.
"""

from __future__ import annotations

import json
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import stripe as sdk

from billing import checkout, collect, disputes, hosted, letters, run, sales
from billing.doctor_disputes import findings
from billing.gateway import Gateway
from billing.gateway.letters import open_letter
from billing.models import Dispute, Payment, PaymentIntent, WebhookEvent
from config import clock
from config.db import db, run_txn, transaction
from locations import places
from membership import visits
from membership.models import CreditGrant, MemberPack, Membership
from stripe_sandbox.launch import Running, launch
from tests.crash.pictured import doctors_findings, rows_and_books
from tests.crash.points import Point, Tracer
from tests.crash.recovery import Way
from tests.crash.rig import kill_each
from tests.crash.shop import begin_plan, forget_starters, join, open_shop, put_card
from tests.crash.stage import Stage
from tests.crash.world import BEFORE_ALL, RUN_AT
from tests.support import databases
from tests.support.databases import WEBHOOK_SECRET

SHOWN: dict[type, tuple[str, ...]] = {
    Dispute: ("state", "amount_cents", "opened_on", "closed_on"),
    Membership: ("status", "disputed_on", "ended_on", "end_reason"),
    MemberPack: ("state", "disputed_on"),
    CreditGrant: ("product", "state", "remaining", "remaining_cents"),
    WebhookEvent: ("type", "state"),
}


class DisputeStage(Stage):
    """`news` is what the letters that wait tell of: "open" or "lost"."""

    news = "open"

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
        charges = list(db.session.scalars(sa.select(Payment.charge_id)))
        db.session.rollback()
        assert len(charges) == 2
        for charge_id in charges:
            opened = self._stripe.control("POST", "disputes", {"charge": charge_id})
            if self.news == "lost":
                disputes.look(opened["id"], gateway=gateway, now=RUN_AT)
                close = f"disputes/{opened['id']}/close"
                self._stripe.control("POST", close, {"status": "lost"})
        self._keep_letters()
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

    def _keep_letters(self) -> None:
        client = sdk.StripeClient(self._stripe.api_key, base_addresses={"api": self._stripe.url})
        stamp = int(RUN_AT.timestamp())
        for event in client.v1.events.list({"limit": 100}).data:
            if not event.type.startswith("charge.dispute."):
                continue
            body = json.dumps(event.to_dict(), default=str)
            header = sdk.WebhookSignature.generate_signature_header(body, WEBHOOK_SECRET, stamp)
            letter = open_letter(body.encode(), header, secrets=[WEBHOOK_SECRET], now_s=stamp)
            run_txn(
                lambda letter=letter: letters.keep(
                    letter, stripe_account="default", expects_live=False, now=RUN_AT
                )
            )

    def _run(self, die_at: Point | None) -> list[Point]:
        tracer = Tracer(die_at)
        tracer.watch(db.engine)
        letters.open_waiting(clock.now(), 100, collect.collecting().gateway)
        return tracer.seen

    def _recover(self, way: Way) -> dict[str, Any]:
        for hours in (1, 12, 24):
            letters.open_waiting(
                clock.now() + timedelta(hours=hours), 100, collect.collecting().gateway
            )
        return {"complaints": _complaints(), "picture": rows_and_books(SHOWN)}


class LostStage(DisputeStage):
    """The same when both are lost."""

    news = "lost"


def _complaints() -> list[str]:
    later = clock.now() + timedelta(days=2)
    return doctors_findings() + list(findings(collect.collecting().gateway, asked_at=later))


def main(task: dict[str, Any]) -> dict[str, Any]:
    """`kind`, `folder`, `share` [which, of how many], `news` "open" or "lost"."""
    folder = Path(task["folder"])
    made = {"open": DisputeStage, "lost": LostStage}[task["news"]]
    with (
        databases.fresh(task["kind"], folder) as url,
        launch(db=folder / "stripe.sqlite3", now=BEFORE_ALL) as stripe,
    ):
        stage = _staged(made, url, folder, stripe)
        points = stage.trace()
        which, of = task["share"]
        killed, wrong = kill_each(stage, points[which::of], stop_at_first=False)
        picture = stage.undisturbed(Way(letters_first=False, keys_forgotten=False))
    return {"points": points, "killed": killed, "findings": wrong, "picture": picture}


def _staged(made: type[DisputeStage], url: str, folder: Path, stripe: Running) -> DisputeStage:
    stage = made(url, folder, stripe, None)
    stage.prepare()
    return stage


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
