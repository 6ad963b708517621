"""A member's money pages: their own alone, with lines, tax and number, and a way to pay."""

from __future__ import annotations

import re
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from billing.gateway import Gateway
from billing.models import CardSetup, Invoice, PaymentAttempt, PaymentIntent, StripeCustomer
from config.clock import SimulatedClock
from config.db import db
from membership.models import Member
from stripe_sandbox.launch import Running
from tests.billing.price_list import Studio
from tests.billing.visitors import bought_online, get, send, signed_in, with_account


@pytest.fixture
def ana(studio: Studio, clock: SimulatedClock) -> Member:
    return with_account("ana", studio, clock)


@pytest.fixture
def bob(studio: Studio, clock: SimulatedClock) -> Member:
    return with_account("bob", studio, clock)


@pytest.fixture
def paid(
    ana: Member, studio: Studio, gateway: Gateway, clock: SimulatedClock, stripe: Running
) -> UUID:
    return bought_online(ana, studio, gateway, clock, stripe)


def test_invoice_says_number_lines_tax_seller_and_how_to_cancel(app: Flask, paid: UUID) -> None:
    client = signed_in(app, "ana@studio.example")
    assert "SEA-2027-000001" in get(client, "/invoices").text
    page = get(client, f"/invoices/{paid}").text
    for said in ("$79.00", "$8.18", "$87.18", "10.35%", "Taper Washington LLC", "cancel it"):
        assert said in page, said


def test_card_on_file_is_shown_by_its_last_digits_alone(app: Flask, paid: UUID) -> None:
    client = signed_in(app, "ana@studio.example")
    for path in ("/card", "/money-card"):
        page = get(client, path).text
        assert "4242" in page
        assert "4242424242424242" not in page


def test_card_is_renewed_on_stripes_page_and_back(app: Flask, paid: UUID, stripe: Running) -> None:
    client = signed_in(app, "ana@studio.example")
    away = send(client, "/card", get(client, "/card"))
    assert away.status_code == 303
    assert away.location.startswith(stripe.url)
    session_id = str(db.session.scalars(sa.select(CardSetup.session_id)).one())
    token = {"token": "pm_card_mastercard"}
    stripe.control("POST", f"checkout/{session_id}/complete_setup", token)
    assert get(client, f"/card/return?session_id={session_id}").location == "/card"
    db.session.expire_all()
    assert db.session.scalars(sa.select(StripeCustomer.card_brand)).one() == "mastercard"


def test_open_invoice_is_paid_from_its_page(app: Flask, paid: UUID, stripe: Running) -> None:
    _reopen(paid)
    client = signed_in(app, "ana@studio.example")
    assert "Pay it now" in get(client, "/money-card").text
    away = send(client, f"/pay/{paid}", get(client, f"/pay/{paid}"))
    assert away.location.startswith(stripe.url)


def test_paid_invoice_cannot_be_paid_again(app: Flask, paid: UUID) -> None:
    client = signed_in(app, "ana@studio.example")
    assert get(client, f"/pay/{paid}").status_code == 409


@pytest.mark.parametrize(
    "path", ["/invoices/{}", "/pay/{}", "/pay/{}/return", "/checkout/left/{}", "/join/welcome/{}"]
)
def test_somebody_elses_invoice_is_like_one_that_does_not_exist(
    app: Flask, bob: Member, paid: UUID, path: str
) -> None:
    client = signed_in(app, "bob@studio.example")
    foreign, missing = get(client, path.format(paid)), get(client, path.format(uuid4()))
    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert _told(foreign) == _told(missing)


def test_somebody_elses_session_shows_nothing(app: Flask, bob: Member, paid: UUID) -> None:
    session_id = db.session.scalars(sa.select(PaymentIntent.session_id)).one()
    client = signed_in(app, "bob@studio.example")
    assert get(client, f"/checkout/return?session_id={session_id}").status_code == 404


@pytest.mark.parametrize("path", ["/checkout/return?session_id=cs_x", "/card/return?session_id="])
def test_made_up_session_is_not_found(app: Flask, ana: Member, path: str) -> None:
    assert get(signed_in(app, "ana@studio.example"), path).status_code == 404


@pytest.mark.parametrize("path", ["/invoices", "/card", "/money-card", "/checkout/return"])
def test_stranger_is_asked_to_sign_in(app: Flask, studio: Studio, path: str) -> None:
    answer = get(app.test_client(), path)
    assert answer.status_code == 302
    assert "/login" in answer.location


def _reopen(invoice_id: UUID) -> None:
    """As if its only try had been declined; the guards of a paid invoice forbid the real way."""
    db.session.execute(sa.text("DELETE FROM payment"))
    db.session.execute(sa.update(PaymentAttempt).values(state="failed"))
    db.session.execute(sa.update(Invoice).values(state="open", paid_cents=0, closed_on=None))
    db.session.commit()


def _told(page: TestResponse) -> str:
    """The page without what differs from request to request."""
    return re.sub(r'nonce="[^"]+"|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', "", page.text)
