"""What is small in a merging: notes, agreements, sign-ins, spellings of one mailbox."""

from __future__ import annotations

from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from config.audit import SYSTEM
from config.db import db, run_txn
from config.errors import Refused
from locations import people
from membership.models import GaugeScore, HealthConsent, Member, MemberNote, MemberPack
from membership.people import gauge, members, merging
from membership.rules.gauge import wording
from tests.membership.shop import Shop, buy, come, join, noon, open_shop

WORDS = wording("Cold Rooms")


@pytest.fixture
def shop(app: Flask) -> Shop:
    return open_shop()


def merge(kept_id: UUID, merged_id: UUID) -> None:
    run_txn(
        lambda: merging.merge(
            kept_id=kept_id, merged_id=merged_id, reason="same face", by=SYSTEM, now=noon(1, 9)
        )
    )


def agree(member_id: UUID) -> None:
    run_txn(
        lambda: gauge.agree(
            member_id, shown=WORDS, current=WORDS, now=noon(1, 4), address="::1", agent="a browser"
        )
    )


def noted(shop: Shop, name: str, score: int) -> UUID:
    """Somebody who came once and noted how it felt."""
    who = join(shop.seattle, name)
    buy(who, shop.starter, shop.seattle, noon(1, 4))
    visit = come(who, shop.seattle, noon(1, 4))
    agree(who)
    run_txn(lambda: gauge.note(visit.id, member_id=who, score=score, now=noon(1, 4)))
    return who


def note_of(member_id: UUID, text: str) -> None:
    run_txn(lambda: db.session.add(MemberNote(member_id=member_id, text=text, at=noon(1, 4))))


def test_two_agreements_to_notes_become_one_and_the_notes_are_read_together(shop: Shop) -> None:
    ana, anna = noted(shop, "Ana Mora", 3), noted(shop, "Berta Moore", 8)
    merge(ana, anna)
    assert sorted(one.score or 0 for one in gauge.sessions(ana)) == [3, 8]
    standing = sa.select(HealthConsent).where(HealthConsent.withdrawn_at.is_(None))
    (one,) = db.session.scalars(standing).all()
    assert one.member_id == ana
    run_txn(lambda: gauge.withdraw(ana, now=noon(1, 10)))
    assert db.session.scalars(sa.select(GaugeScore)).all() == []
    assert db.session.scalars(standing.execution_options(populate_existing=True)).all() == []


@pytest.mark.parametrize(
    ("own", "other", "kept", "left"),
    [
        (None, "likes mornings", "likes mornings", None),
        ("tall", "likes mornings", "tall\nlikes mornings", None),
        ("t" * 400, "m" * 400, "t" * 400, "m" * 400),
        ("tall", None, "tall", None),
    ],
)
def test_the_free_notes_become_one_where_both_fit(
    shop: Shop, own: str | None, other: str | None, kept: str, left: str | None
) -> None:
    ana, anna = join(shop.seattle, "Ana Mora"), join(shop.seattle, "Berta Moore")
    for who, text in ((ana, own), (anna, other)):
        if text:
            note_of(who, text)
    merge(ana, anna)
    found = {one.member_id: one.text for one in db.session.scalars(sa.select(MemberNote))}
    assert found == {ana: kept} | ({anna: left} if left else {})


def test_a_record_without_a_sign_in_gets_the_other_ones(shop: Shop) -> None:
    ana, anna = join(shop.seattle, "Ana Mora"), join(shop.seattle, "Berta Moore")

    def opened() -> UUID:
        account = people.create_account(
            email="berta@example.com", name="Berta", password=None, now=noon(1, 4)
        )
        db.session.get_one(Member, anna).account_id = account.id
        return account.id

    account_id = run_txn(opened)
    merge(ana, anna)
    assert db.session.get_one(Member, ana).account_id == account_id
    found = members.of_account(account_id)
    assert found is not None
    assert found.id == ana


def test_the_same_mailbox_under_another_spelling_gets_no_second_starter(shop: Shop) -> None:
    def register(name: str, email: str) -> UUID:
        return run_txn(
            lambda: members.register(
                account_id=None,
                name=name,
                email=email,
                phone=None,
                home_id=shop.boise,
                now=noon(1, 4),
            )
        ).id

    buy(register("Ana", "ana.mora@gmail.com"), shop.starter, shop.boise, noon(1, 4))
    with pytest.raises(Refused) as refused:
        buy(register("Anna", "AnaMora+cold@googlemail.com"), shop.starter, shop.boise, noon(2, 4))
    assert refused.value.code == "one_per_person"
    assert buy(register("Bo", "ana.mora@studio.example"), shop.starter, shop.boise, noon(2, 4))


def test_who_was_merged_with_somebody_that_had_one_gets_no_second_starter(shop: Shop) -> None:
    ana, anna = join(shop.seattle, "Ana Mora"), join(shop.seattle, "Berta Moore")
    buy(anna, shop.starter, shop.seattle, noon(1, 4))
    merge(ana, anna)
    (pack,) = db.session.scalars(sa.select(MemberPack)).all()
    assert pack.member_id == ana
    with pytest.raises(Refused) as refused:
        buy(ana, shop.starter, shop.seattle, noon(2, 4))
    assert refused.value.code == "one_per_person"
