"""A pack that is given back, goodwill that is granted, and both sent, while somebody kills the
process; then the clerk clicks again, and the jobs go on.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa

from billing.invariants.doctor_refunds import refund_findings
from billing.leaving import exits
from billing.models import CreditNote, Invoice, Payment, Refund
from billing.refunds import refund_grants, refund_sends
from billing.refunds.refund_grants import Wish
from billing.refunds.refund_terms import Terms
from billing.runs import run
from config import clock
from config.audit import SYSTEM
from config.db import db, run_txn
from config.errors import Refused
from locations.rules.permissions import Grant
from membership.models import Charge, CreditGrant, MemberPack
from tests.crash.flow import Flow, Picture, Way
from tests.crash.letters import bring_letters
from tests.crash.paying import buy_starter
from tests.crash.pictured import rows_and_books
from tests.crash.renewal_flow import LEASE_MS
from tests.crash.shop import begin_plan, forget_starters, join, open_shop, put_card
from tests.crash.world import BEFORE_ALL

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


class RefundFlow(Flow):
    """A starter used once and a week of a plan, both paid by card."""

    def build(self) -> None:
        now, shop, gateway = BEFORE_ALL, open_shop(), self.gateway
        who = join("starter", shop, now)
        buy_starter(who, shop, stripe=self.stripe, gateway=gateway, now=now)
        member_id = join("plan", shop, now)
        put_card(member_id, stripe=self.stripe, gateway=gateway, now=now)
        begin_plan(member_id, shop.two, shop, now)
        run.bill(shop.sea, on=date(2027, 1, 4))
        forget_starters()

    def act(self) -> None:
        click()
        refund_sends.work()

    def recover(self, way: Way) -> None:
        if way.keys_forgotten:
            self.forget_keys()
        click()
        if way.letters_first:
            bring_letters(self.stripe, about="refund")
        for _ in range(3):
            self.leases.advance(LEASE_MS * 40)
            refund_sends.work()

    def complaints(self) -> list[str]:
        later = clock.now() + timedelta(days=2)
        return super().complaints() + list(refund_findings(self.gateway, asked_at=later))

    def picture(self, way: Way) -> Picture:
        told = rows_and_books(SHOWN)
        found = self.gateway.refunds_created(since=0, until=1 << 40)
        told["at Stripe"] = sorted(f"{one.amount_cents} {one.status}" for one in found)
        return told


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
