"""What nobody claimed for three years goes to the state, and the claim with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from billing.turnovers import turning_over
from config.audit import Actor
from config.clock import SimulatedClock
from config.db import db, transaction
from config.errors import Invalid, Refused
from config.models import AuditEntry
from locations import ledger, places, turnovers, unclaimed
from locations.models import Account
from membership.endings import pack_exits
from membership.packs import pack_endings
from tests.locations.conftest import HTTPS, hire, post, sign_in
from tests.membership.shop import Shop, booked, buy, come, join, noon, open_shop

Hire = Callable[..., Account]
SignIn = Callable[[str], FlaskClient]

__all__ = ["hire", "sign_in"]

CLERK = Actor(None, "accountant")
DORMANT = date(2030, 1, 14)


def lost(app: Flask) -> tuple[Shop, UUID]:
    """Two of three sessions expired on January 14, 2027, refundable, in Washington."""
    shop = open_shop()
    ada = join(shop.seattle)
    pack_id = buy(ada, shop.starter, shop.seattle, noon(1, 4))
    come(ada, shop.seattle, noon(1, 4))
    with transaction():
        pack_endings.expire_due(shop.seattle, on=date(2027, 1, 14), now=noon(1, 14), limit=100)
    return shop, pack_id


def turn_over(place: UUID, cents: int, *, on: date = DORMANT, now: datetime | None = None) -> int:
    with transaction():
        return turning_over.turn_over(
            place,
            chosen=(),
            amount_cents=cents,
            on=on,
            reference="DOR 7",
            by=CLERK,
            now=now or noon(1, 14, year=2030),
        )


def undo(place: UUID) -> int:
    with transaction():
        return turning_over.undo(
            place, reference="DOR 7", reason="Paid twice", by=CLERK, now=noon(2, 1, year=2030)
        )


def refused(act) -> str:
    with pytest.raises(Refused) as told:
        act()
    return told.value.code


def test_two_sessions_of_2027_go_to_the_state_in_2030_and_can_no_longer_be_claimed(
    app: Flask,
) -> None:
    shop, pack_id = lost(app)
    sea = shop.seattle
    on = date(2030, 1, 14)
    assert refused(lambda: turn_over(sea, 6600, on=date(2030, 1, 13))) == "nothing_dormant"
    assert refused(lambda: turn_over(sea, 6599)) == "amount_changed"
    with pytest.raises(Invalid):
        turn_over(sea, 6600, on=date(2030, 1, 15))
    assert _unused(pack_id, on) == 6600

    assert turn_over(sea, 6600) == 1
    assert booked("expired_refundable", sea) == 0
    assert ledger.balance("bank", sea) == -6600
    assert unclaimed.dormant(places.get(sea), on=on) == []
    assert refused(lambda: turn_over(sea, 6600)) == "reference_used"
    assert refused(lambda: _unused(pack_id, on)) == "nothing_left"
    (one,) = turnovers.by_reference(sea)
    assert (one.reference, one.on, one.count, one.amount_cents) == ("DOR 7", DORMANT, 1, 6600)


def test_what_was_turned_over_by_mistake_is_taken_back_and_claimed_as_before(app: Flask) -> None:
    shop, pack_id = lost(app)
    sea = shop.seattle
    turn_over(sea, 6600)
    assert undo(sea) == 6600
    assert (booked("expired_refundable", sea), ledger.balance("bank", sea)) == (6600, 0)
    assert refused(lambda: undo(sea)) == "nothing_to_undo"
    assert turnovers.by_reference(sea) == []
    assert _unused(pack_id, date(2030, 2, 1)) == 6600
    kept = sa.select(AuditEntry.action).where(AuditEntry.action.startswith("unclaimed."))
    assert sorted(db.session.scalars(kept)) == [
        "unclaimed.turned_over",
        "unclaimed.turnover_undone",
    ]

    assert turn_over(sea, 6600, on=date(2030, 2, 2), now=noon(2, 2, year=2030)) == 1
    assert booked("expired_refundable", sea) == 0


def test_what_was_given_back_in_money_is_not_turned_over_as_well(app: Flask) -> None:
    shop, pack_id = lost(app)
    with transaction():
        pack_exits.leave(
            pack_id,
            "refund_unused",
            on=date(2027, 2, 1),
            now=noon(2, 1),
            by=CLERK,
        )
    assert refused(lambda: turn_over(shop.seattle, 6600)) == "nothing_dormant"


def test_an_accountant_turns_over_and_takes_back_on_a_page_that_no_manager_sees(
    app: Flask, clock: SimulatedClock, hire: Hire, sign_in: SignIn
) -> None:
    shop, _ = lost(app)
    sea = places.get(shop.seattle)
    clock.set(noon(1, 14, year=2030))
    hire("max", "manager", sea)
    assert sign_in("max").get("/manage/turn-over", base_url=HTTPS).status_code == 403
    hire("ada", "accountant")
    browser = sign_in("ada")
    assert "$66.00" in browser.get("/manage/turn-over", base_url=HTTPS).text
    paid = {"location": sea.slug, "on": "2030-01-14", "reference": "DOR 7"}
    odd = post(browser, "/manage/turn-over", amount="65.99", **paid)
    assert (odd.status_code, "DOR 7" in odd.text) == (409, True)
    strange = post(browser, "/manage/turn-over", amount="66.00", claim=f"expired:{sea.id}", **paid)
    assert strange.status_code == 409
    (claim,) = turning_over.dormant(sea, on=DORMANT)
    shown = browser.get(f"/manage/turn-over?location={sea.slug}", base_url=HTTPS).text
    assert (claim.whose in shown, claim.name in shown) == (True, True)
    chosen = post(browser, "/manage/turn-over", amount="66.00", claim=claim.name, **paid)
    assert chosen.status_code == 303
    page = browser.get("/manage/turn-over", base_url=HTTPS).text
    assert "Nothing is to be turned over" in page
    assert "DOR 7" in page
    back = {"location": sea.slug, "reference": "DOR 7", "reason": "Paid twice"}
    assert post(browser, "/manage/turn-over/undo", **back).status_code == 303
    assert post(browser, "/manage/turn-over/undo", **back).status_code == 409
    assert booked("expired_refundable", sea.id) == 6600


def _unused(pack_id: UUID, on: date) -> int:
    return pack_exits.preview(pack_id, "refund_unused", on=on).net_cents
