"""Members: written down once, found by the desk that may, and by no other."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from flask import Flask

from config.db import db, transaction
from config.errors import Invalid, NotFound, Refused
from membership.models import Member, MemberHome
from membership.people import member_search, members
from tests.membership.shop import Shop, join, noon, open_shop

TODAY = date(2027, 1, 5)


def _search(text: str, *at: UUID) -> list[tuple[str, bool]]:
    found = member_search.search(text, location_ids=at, jurisdiction="US-WA", on=TODAY, limit=10)
    return [(one.name, one.visitor) for one in found]


def _code(member_id: UUID) -> str:
    return db.session.get_one(Member, member_id).check_in_code


@pytest.fixture
def shop(app: Flask) -> Shop:
    return open_shop()


def test_a_desk_finds_its_own_by_parts_without_accents_or_case(shop: Shop) -> None:
    join(shop.seattle, "Zoë Ångström", phone="206 555 0101")
    join(shop.seattle, "Bob Stone")
    for text in ("zoe", "ANGSTROM", "ang zo", "zoe@example.com", "(206) 555-0101"):
        assert _search(text, shop.seattle) == [("Zoë Ångström", False)]
    assert _search("bob@exam", shop.seattle) == [("Bob Stone", False)]


def test_guests_are_found_by_their_whole_address_phone_or_code_only(shop: Shop) -> None:
    ada = join(shop.boise, "Ada Lovelace", phone="+1 208 555 0100")
    for text in ("ada", "Ada Lovelace", "ada@example", "208 555", ""):
        assert _search(text, shop.seattle) == []
    code = _code(ada)
    spaced = f" {code[:4].lower()}-{code[4:8]} {code[8:]}"
    for text in ("ADA@example.com", "208-555-0100", code, spaced):
        assert _search(text, shop.seattle) == [("Ada Lovelace", True)]


def test_signs_of_a_search_pattern_are_only_letters(shop: Shop) -> None:
    join(shop.seattle, "Percy 100% Sure")
    join(shop.seattle, "Ada Lovelace")
    assert _search("%", shop.seattle) == [("Percy 100% Sure", False)]
    assert _search("_", shop.seattle) == []
    assert _search("\x00' OR 1=1 --", shop.seattle) == []
    assert _search("\x00ada", shop.seattle) == [("Ada Lovelace", False)]


def test_a_card_opens_at_home_or_by_a_whole_key_and_else_looks_like_nobodys(shop: Shop) -> None:
    ada = join(shop.boise, "Ada Lovelace")
    ask = {"jurisdiction": "US-WA", "on": TODAY}
    at_home = member_search.seen_from(ada, key="", location_ids=[shop.boise], **ask)
    assert (at_home.visitor, at_home.home_id) == (False, shop.boise)
    assert member_search.seen_from(
        ada, key="ada@example.com", location_ids=[shop.seattle], **ask
    ).visitor
    other = _code(join(shop.boise, "Bob Stone"))
    for key in ("", "ada", other):
        with pytest.raises(NotFound):
            member_search.seen_from(ada, key=key, location_ids=[shop.seattle], **ask)


def test_a_home_holds_from_its_date_on(shop: Shop) -> None:
    ada = join(shop.seattle)
    with transaction():
        move = MemberHome(member_id=ada, effective_from=date(2027, 5, 20), location_id=shop.boise)
        db.session.add(move)
    assert members.home_at(ada, date(2027, 5, 19)) == shop.seattle
    assert members.home_at(ada, date(2027, 5, 20)) == shop.boise
    assert members.home_at(ada, date(2020, 1, 1)) == shop.seattle
    assert _search("ada", shop.seattle) == [("Ada Lovelace", False)]
    later = member_search.search(
        "ada", location_ids=[shop.boise], jurisdiction="US-WA", on=date(2027, 6, 1), limit=5
    )
    assert [one.home_id for one in later] == [shop.boise]


def test_an_address_in_use_is_refused_without_telling_who_is_a_member(shop: Shop) -> None:
    join(shop.seattle, "Ada Lovelace")
    with pytest.raises(Refused) as refused:
        join(shop.boise, "ADA Impostor")
    assert refused.value.code == "details_not_accepted"
    assert "member" not in refused.value.message


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "/name"),
        ({"name": "a\x00b"}, "/name"),
        ({"name": "x" * 161}, "/name"),
        ({"email": "ada at home"}, "/email"),
        ({"phone": "12"}, "/phone"),
    ],
)
def test_a_bad_detail_is_named_and_nothing_is_kept(shop: Shop, change: dict, field: str) -> None:
    given = {"name": "Ada", "email": "ada@example.com", "phone": None} | change
    with pytest.raises(Invalid) as invalid, transaction():
        members.register(account_id=None, home_id=shop.seattle, now=noon(1, 4), **given)
    assert [problem.field for problem in invalid.value.fields] == [field]
    assert db.session.query(Member).count() == 0


def test_a_name_that_turns_the_reading_direction_is_written_straight(shop: Shop) -> None:
    ada = join(shop.seattle, "Ada\u202e  Lovelace ")
    assert db.session.get_one(Member, ada).name == "Ada Lovelace"


def test_a_code_is_found_however_it_is_typed(shop: Shop) -> None:
    ada = join(shop.seattle)
    found = members.by_code(f"{_code(ada).lower()} ")
    assert found is not None
    assert found.id == ada
    assert members.by_code("") is None
