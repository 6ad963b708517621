"""The ground of a benchmark: a migrated database of either kind, a studio, and members due.

Databases come from the tests' support; the PostgreSQL server writes through to the disk here.
"""

from __future__ import annotations

import atexit
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cache
from pathlib import Path
from uuid import UUID

from flask import Flask

from app import create_app
from billing.gateway import Gateway
from billing.models import StripeCustomer
from config import collect_seldom
from config.clock import SimulatedClock
from config.db import db, insert_many, transaction
from config.ids import new_id
from locations.models import Location
from membership.models import Member, MemberHome, Membership
from tests.support import databases, postgres, studio
from tests.support.databases import START
from tests.support.studio import PLANS

KINDS = ("sqlite", "postgresql")
TODAY = date(2027, 1, 4)
ANCHOR = date(2026, 12, 4)
CHUNK = 5_000
# As an operator would run it: the tests' server does without, because it may lose everything.
_WRITE_THROUGH = ("fsync", "full_page_writes", "synchronous_commit", "autovacuum")


@contextmanager
def opened(kind: str, *, gateway: Gateway | None = None, **settings: object) -> Iterator[Flask]:
    """An application on a fresh database of this kind, inside its context, at 09:00 in Seattle."""
    _own_server()
    collect_seldom()  # as the command does
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        if kind == "postgresql":
            _write_through()
        with databases.fresh(kind, Path(folder)) as url:
            app = create_app(
                databases.settings_for(url, Path(folder), **settings),
                clock=SimulatedClock(START),
                gateway=gateway,
            )
            with app.app_context():
                yield app
                db.session.remove()
                db.engine.dispose()


def studio_with(members: int) -> Location:
    """The reference group, and so many members of Seattle whose plans are due today."""
    group = studio.build()
    here = group.places["sea"]
    plans = [
        (group.plans[code], PLANS[code].price_cents)
        for code in ("MAINT-2", "MAINT-4", "MAINT-2", "UNLIMITED")
    ]
    for first in range(0, members, CHUNK):
        numbers = range(first, min(first + CHUNK, members))
        with transaction():
            _enrol(numbers, here=here.id, plans=plans)
    return here


def _enrol(numbers: Sequence[int], *, here: UUID, plans: Sequence[tuple[UUID, int]]) -> None:
    ids = [new_id() for _ in numbers]
    people = list(zip(numbers, ids, strict=True))
    insert_many(Member, [_member(n, id_) for n, id_ in people])
    insert_many(
        MemberHome,
        [{"member_id": id_, "effective_from": ANCHOR, "location_id": here} for id_ in ids],
    )
    insert_many(StripeCustomer, [_customer(n, id_) for n, id_ in people])
    insert_many(Membership, [_membership(id_, here, *plans[n % len(plans)]) for n, id_ in people])


def _member(n: int, id_: UUID) -> dict[str, object]:
    return {
        "id": id_,
        "name": f"Member {n}",
        "name_folded": f"member {n}",
        "email": f"member{n}@studio.example",
        "email_key": f"member{n}@studio.example",
        "check_in_code": f"{n:08d}",
        "created_at": START,
    }


def _customer(n: int, id_: UUID) -> dict[str, object]:
    return {
        "member_id": id_,
        "stripe_account": "default",
        "customer_id": f"cus_{n:08d}",
        "payment_method_id": f"pm_{n:08d}",
        "updated_at": START,
    }


def _membership(
    member_id: UUID, location_id: UUID, plan_version_id: UUID, price_cents: int
) -> dict[str, object]:
    return {
        "id": new_id(),
        "member_id": member_id,
        "location_id": location_id,
        "plan_version_id": plan_version_id,
        "price_cents": price_cents,
        "currency": "USD",
        "status": "active",
        "anchor": ANCHOR,
        "anchor_day": ANCHOR.day,
        "anchor_n": 0,
        "steps_down": False,
        "next_n": 1,
        "next_due_on": TODAY,
        "period_start": ANCHOR,
        "period_end": TODAY,
        "started_on": ANCHOR,
        "created_at": START,
    }


@cache
def _own_server() -> None:
    postgres.own()
    atexit.register(postgres.disown)


def _write_through() -> None:
    for name in _WRITE_THROUGH:
        postgres.run(f"ALTER SYSTEM SET {name} = on")
    postgres.run("SELECT pg_reload_conf()")
