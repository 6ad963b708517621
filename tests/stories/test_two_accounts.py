"""Two companies in one group, each with a Stripe account of its own: no money crosses over."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from stripe import WebhookSignature

from app import create_app
from billing.gateway import Gateway, OutcomeUnknown
from billing.letters import letters
from billing.models import PaymentIntent, Payout, ReconcileRun, WebhookEvent
from billing.payments.collect import collecting
from billing.reconciling import reconciling
from config.db import db, transaction
from config.ids import new_id
from config.secret import Secret
from config.settings import Settings
from locations.models import LegalEntity, Location
from stripe_sandbox.launch import Running, launch
from tests.support import databases
from tests.support.story import Story
from tests.support.story_facts import booked, complaints

OF_IDAHO = "whsec_of_idaho"


@dataclass
class Group:
    """The story as it goes in Seattle, and as it goes in Boise, at another Stripe account."""

    here: Story
    there: Story

    def go(self, wall: str) -> None:
        """Put all three clocks to what the wall shows in Seattle."""
        at: datetime = self.here.go(wall)
        self.there.stripe.control("POST", "clock", {"now": at.isoformat()})


@pytest.fixture
def idaho(tmp_path: Path) -> Iterator[Running]:
    """Another Stripe account, in a stand-in of its own."""
    with launch(
        db=tmp_path / "idaho.sqlite3", now=databases.START, webhook_secret=OF_IDAHO
    ) as running:
        running.control("POST", "payouts/schedule", {"every_days": 1})
        yield running


@pytest.fixture
def group(story: Story, idaho: Running, settings: Settings) -> Iterator[Group]:
    """Boise belongs to a company with an account of its own."""
    with transaction():
        own = LegalEntity(id=new_id(), name="Taper Idaho LLC", stripe_account="idaho")
        db.session.add(own)
        db.session.flush()
        boise = sa.update(Location).where(Location.slug == "boi")
        db.session.execute(boise.values(legal_entity_id=own.id))
    db.session.expire_all()
    family = Gateway.family(
        {
            "default": Gateway(
                api_key=story.stripe.api_key, api_base=story.stripe.url, timeout_s=5
            ),
            "idaho": Gateway(api_key=idaho.api_key, api_base=idaho.url, timeout_s=5),
        }
    )
    named = replace(
        settings,
        stripe_api_key=Secret("sk_test_of_washington"),
        stripe_accounts=(Secret("idaho=sk_test_of_idaho"),),
        stripe_webhook_secrets=(*settings.stripe_webhook_secrets, Secret(f"idaho={OF_IDAHO}")),
    )
    app = create_app(named, clock=story.clock, leases=story.leases, gateway=family)
    with app.app_context():
        here = replace(story, app=app, gateway=family)
        yield Group(here, replace(here, stripe=idaho))
        db.session.remove()
        db.engine.dispose()


def charges(stripe: Running) -> int:
    return stripe.control("GET", "stats")["objects"]["charge"]


def test_each_studio_charges_renews_and_is_paid_out_at_the_account_of_its_own_company(
    group: Group,
) -> None:
    group.go("2027-01-04 10:00")
    group.here.join("Ana Mora", "MAINT-4")
    group.there.join("Ben Bo", "MAINT-2", at="boi")
    group.go("2027-02-04 10:00")
    group.here.work()
    assert (charges(group.here.stripe), charges(group.there.stripe)) == (2, 2)
    by_account = sa.select(PaymentIntent.stripe_account, PaymentIntent.state)
    found = sorted(tuple(row) for row in db.session.execute(by_account))
    assert found == [("default", "succeeded")] * 2 + [("idaho", "succeeded")] * 2

    group.go("2027-02-07 10:00")
    assert reconciling.work() == {"done": 2}
    runs = {run.stripe_account: run for run in db.session.scalars(sa.select(ReconcileRun))}
    assert {name: (run.charges, run.breaks) for name, run in runs.items()} == {
        "default": (2, 0),
        "idaho": (2, 0),
    }
    paid_out = Counter[str]()
    for row in db.session.scalars(sa.select(Payout)):
        paid_out[row.stripe_account] += row.amount_cents
    assert -booked(group.here, "bank", "sea") == paid_out["default"] > 0
    assert -booked(group.here, "bank", "boi") == paid_out["idaho"] > 0
    assert complaints(group.here) == []
    stripe = group.here.app.extensions["taper.doctor.stripe"].examine()
    assert [one.violations for one in stripe if one.violations] == []


def test_a_letter_is_looked_up_at_the_account_whose_secret_signed_it(group: Group) -> None:
    group.go("2027-01-04 10:00")
    group.there.join("Ben Bo", "MAINT-2", at="boi")
    (stripe_id,) = db.session.scalars(sa.select(PaymentIntent.stripe_id))
    told = {"object": {"id": stripe_id, "object": "payment_intent", "metadata": {}}}
    event = {"id": "evt_1", "type": "payment_intent.succeeded", "livemode": False, "data": told}
    body, stamp = json.dumps(event), int(group.here.clock.now().timestamp())
    signature = WebhookSignature._compute_signature(f"{stamp}.{body}", OF_IDAHO)
    box = group.here.app.test_client()

    def post(path: str) -> int:
        headers = {"Stripe-Signature": f"t={stamp},v1={signature}"}
        return box.post(f"https://localhost{path}", data=body, headers=headers).status_code

    assert post("/webhooks/stripe") == 400
    assert post("/webhooks/stripe/oregon") == 400
    assert post("/webhooks/stripe/idaho") == 200
    assert db.session.scalars(sa.select(WebhookEvent.stripe_account)).all() == ["idaho"]
    opened = letters.open_waiting(group.here.clock.now(), 10, collecting().gateway)
    assert opened == {"done": 1}


def test_an_account_without_a_key_is_silence_and_never_another_account(group: Group) -> None:
    with pytest.raises(OutcomeUnknown):
        collecting().gateway.at("oregon")
