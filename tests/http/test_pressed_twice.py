"""A form that gives or takes money, sent twice: a lost answer, or a second click."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from billing.models import AccountCreditEntry
from config.db import db
from membership.models import CreditGrant, TaxExemption
from tests.http.test_desk_member import card_of, field
from tests.http.world import World

FORMS = [
    ("credit", {"amount": "12.50", "reason": "The chamber broke"}, AccountCreditEntry),
    ("comp", {"sessions": "1", "reason": "The chamber broke"}, CreditGrant),
]


@pytest.mark.parametrize(("page", "typed", "model"), FORMS, ids=[form[0] for form in FORMS])
def test_form_of_a_manager_that_is_sent_twice_gives_once_and_a_new_page_gives_again(
    world: World, page: str, typed: dict[str, str], model: type
) -> None:
    manager = world.browser("manager.sea")
    address, how_many = f"{card_of(world)}/{page}", sa.select(sa.func.count()).select_from(model)
    before = db.session.scalar(how_many) or 0
    key = field(manager.get(address).text, "key")
    for _ in range(2):
        assert manager.post(address, key=key, **typed).status_code == 303
    assert db.session.scalar(how_many) == before + 1
    other = field(manager.get(address).text, "key")
    assert manager.post(address, key=other, **typed).status_code == 303
    assert db.session.scalar(how_many) == before + 2
    assert manager.post(address, **typed).status_code == 422
    db.session.rollback()


def test_form_that_was_mended_keeps_its_key(world: World) -> None:
    manager = world.browser("manager.sea")
    address = f"{card_of(world)}/credit"
    key = field(manager.get(address).text, "key")
    wrong = manager.post(address, key=key, amount="12.50")
    assert wrong.status_code == 422
    assert field(wrong.text, "key") == key


def test_certificate_that_is_sent_twice_is_one_that_a_click_takes_back(world: World) -> None:
    manager = world.browser("manager.sea")
    address = f"{card_of(world)}/exempt"
    typed = {"certificate": "R-1204", "ground": "a church", "valid_from": "2027-02-01"}
    for _ in range(2):
        assert manager.post(address, **typed).status_code == 303
    given = db.session.scalars(sa.select(TaxExemption.id)).one()
    db.session.rollback()
    assert manager.post(f"{address}/end", exemption=str(given)).status_code == 303
    assert manager.post(address, **typed).status_code == 303
    assert len(db.session.scalars(sa.select(TaxExemption.id)).all()) == 2
    db.session.rollback()
