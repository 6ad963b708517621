"""Members with a sign-in, and what their browser does."""

from __future__ import annotations

import re
from uuid import UUID

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from billing.gateway import Gateway
from billing.models import Invoice, PaymentIntent
from billing.payments import hosted
from config.clock import SimulatedClock
from config.db import db, transaction
from locations import people
from membership.models import Member
from membership.people import members
from stripe_sandbox.launch import Running
from tests.billing.card_page import sell_monthly
from tests.billing.price_list import Studio

PASSWORD = "a quiet cold morning"


def signed_in(app: Flask, email: str) -> FlaskClient:
    client = app.test_client()
    page = client.get("/login", base_url="https://localhost")
    send(client, "/login", page, email=email, password=PASSWORD)
    return client


def send(client: FlaskClient, path: str, page: TestResponse, **fields: str) -> TestResponse:
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    assert token is not None, page.text
    return client.post(
        path,
        data={**fields, "csrf_token": token[1]},
        base_url="https://localhost",
        headers={"Referer": f"https://localhost{path}"},
    )


def get(client: FlaskClient, path: str) -> TestResponse:
    return client.get(path, base_url="https://localhost")


def with_account(name: str, studio: Studio, clock: SimulatedClock) -> Member:
    email = f"{name}@studio.example"
    with transaction():
        account = people.create_account(
            email=email, name=f"{name.title()} Example", password=PASSWORD, now=clock.now()
        )
        return members.register(
            account_id=account.id,
            name=account.name,
            email=email,
            phone=None,
            home_id=studio.sea.id,
            now=clock.now(),
        )


def bought_online(
    ana: Member, studio: Studio, gateway: Gateway, clock: SimulatedClock, stripe: Running
) -> UUID:
    """Ana's plan, bought and paid online; the invoice."""
    sell_monthly(studio, ana, gateway, clock)
    session_id = str(db.session.scalars(sa.select(PaymentIntent.session_id)).one())
    stripe.control("POST", f"checkout/{session_id}/pay", {"token": "pm_card_visa"})
    hosted.finish(session_id, gateway=gateway, now=clock.now())
    return db.session.scalars(sa.select(Invoice.id)).one()
