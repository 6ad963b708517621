"""Two records of one person: somebody joins again with another address, and the manager sees it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from uuid import UUID

from billing import merging
from billing.joining import choices, joining
from billing.payments import hosted
from config.db import run_txn
from demo import purse
from demo.life import Life
from membership.agreements import documents
from membership.rules.documents import KINDS

DROP_IN = "DROP-IN"


def joins_twice(life: Life) -> None:
    """They join once more with another address; later the manager sees that it is them."""
    person = replace(
        life.person, email=f"also.{life.person.email}", phone=None, slug=life.slug, password=None
    )
    twin = Life(life.story, person, life.rng)
    now, home = life.world.now, life.home
    drop_in = life.story.group.packs["DROP-IN"]
    enrolled = run_txn(
        lambda: joining.enrol(
            joining.Person(None, None, person.name, person.email, person.phone, None),
            location=home,
            choice=choices.chosen(f"pack:{drop_in}", home, now=now),
            agreed=None,
            signature=joining.Signature(
                person.name,
                tuple(documents.current(kind, location_id=home.id) for kind in KINDS),
                purse.ADDRESS,
                purse.AGENT,
            ),
            now=now,
        )
    )
    twin.account_id, twin.member_id = enrolled.account.id, enrolled.member.id
    page = hosted.open_page(enrolled.placed.attempt_id, gateway=life.gateway, now=now)
    purse.pay(twin, page)
    life.later(life.rng.randint(2, 20), partial(_merge, life, twin.member_id))


def _merge(life: Life, merged_id: UUID) -> None:
    life.tries(
        "records merged",
        lambda: run_txn(
            lambda: merging.merge(
                kept_id=life.member_id,
                merged_id=merged_id,
                reason="The same name and face, and they say so",
                by=life.staff("manager"),
                now=life.world.now,
            )
        ),
    )
