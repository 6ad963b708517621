"""What those who run a studio see of disputes, and what they can hand in to the bank."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from typing import Any

import pytest
from flask.testing import FlaskClient

from billing.disputes import answers, dispute_list, evidence, evidence_bundle
from config import clock as time_of
from config.audit import Actor
from config.db import run_txn
from config.errors import Refused
from tests.support.story import Person, Story
from tests.support.story_disputes import decided, opened, the_dispute
from tests.support.studio import PASSWORD

CLERK = Actor(None, "manager")


def disputed(story: Story) -> tuple[Person, str]:
    """Ana came twice, cancelled, and disputed her first payment a week later."""
    story.go("2027-01-05 10:00")
    ana = story.join("Ana Mora", "MAINT-2")
    story.come(ana)
    story.go("2027-01-08 10:00", "tac")
    story.come(ana, at="tac")
    story.cancel(ana)
    story.go("2027-01-15 10:00")
    return ana, opened(story, ana)


def test_evidence_names_agreement_bill_visits_and_cancellation_of_the_disputed_payment(
    story: Story,
) -> None:
    ana, _ = disputed(story)
    found = evidence.gather(the_dispute(ana).id)
    assert (found.amount_cents, found.paid_cents, found.place_name) == (8718, 8718, "Seattle")
    (consent, contract) = found.agreed
    assert consent.text
    assert (consent.address, contract.what) == ("203.0.113.7", "Contract, signed by Ana Mora")
    assert [(line.net_cents, line.tax_cents) for line in found.lines] == [(7900, 818)]
    assert [(str(one.on), one.place_name) for one in found.visits] == [
        ("2027-01-05", "Seattle"),
        ("2027-01-08", "Tacoma"),
    ]
    assert [(one.what, one.by) for one in found.endings] == [("Plan cancelled", "member")]
    assert found.given_back == []


def test_the_file_to_hand_in_is_the_same_file_twice_and_readable(story: Story) -> None:
    ana, dispute_id = disputed(story)
    first, second = (evidence_bundle.made(the_dispute(ana).id) for _ in range(2))
    assert first.name == f"evidence-{dispute_id}.zip"
    with zipfile.ZipFile(io.BytesIO(first.content)) as bundle:
        names = bundle.namelist()
        assert names[:2] == ["evidence.html", "evidence.json"]
        told = json.loads(bundle.read("evidence.json"))
        assert told["amount_cents"] == 8718
        assert bundle.read(names[2]).startswith(b"%PDF")
        with zipfile.ZipFile(io.BytesIO(second.content)) as again:
            assert again.read("evidence.json") == bundle.read("evidence.json")
            assert again.read("evidence.html") == bundle.read("evidence.html")


def test_list_file_and_program_see_the_same_cents_and_only_their_own_studios(
    story: Story,
) -> None:
    disputed(story)
    sea, boi = story.studio.id_of("sea"), story.studio.id_of("boi")
    assert dispute_list.listed([boi]) == []
    rows = dispute_list.listed([sea, boi])
    (from_csv,) = csv.DictReader(io.StringIO(dispute_list.as_csv(rows)))
    (from_json,) = dispute_list.as_json(rows)
    assert {name: str(value) for name, value in from_json.items()} == from_csv
    assert from_json["amount_cents"] == 8718


def test_evidence_is_noted_once_and_not_after_the_bank_has_decided(story: Story) -> None:
    ana, dispute_id = disputed(story)
    id_ = the_dispute(ana).id
    for _ in range(2):
        run_txn(lambda: answers.noted(id_, by=CLERK, now=time_of.now()))
    assert dispute_list.one(id_).noted_at == time_of.now()
    assert not dispute_list.one(id_).is_waiting
    decided(story, dispute_id, "won")
    with pytest.raises(Refused) as refusal:
        run_txn(lambda: answers.noted(id_, by=CLERK, now=time_of.now()))
    assert refusal.value.code == "dispute_closed"


def signed_in(story: Story, client: FlaskClient) -> dict[str, str]:
    """The manager of Seattle opens a browser; what each request needs."""
    story.app.config["WTF_CSRF_ENABLED"] = False
    https = {"base_url": "https://localhost"}
    who = {"email": "manager.sea@studio.example", "password": PASSWORD}
    client.post("/login", data=who, **https)  # type: ignore[arg-type]
    return https


def test_manager_reads_downloads_and_notes_it_on_the_page(
    story: Story, client: FlaskClient
) -> None:
    ana, _ = disputed(story)
    https: Any = signed_in(story, client)
    page = client.get("/manage/disputes", **https)
    assert "Ana Mora" in page.text
    assert "$87.18" in page.text
    address = f"/manage/disputes/{the_dispute(ana).id}"
    assert "Plan cancelled" in client.get(address, **https).text
    assert client.get(f"{address}/evidence.zip", **https).mimetype == "application/zip"
    assert client.post(f"{address}/noted", **https).status_code == 303
    assert "Evidence was handed in" in client.get(address, **https).text


def test_manager_hands_it_in_on_the_page_and_a_second_press_changes_nothing(
    story: Story, client: FlaskClient
) -> None:
    ana, stripe_id = disputed(story)
    https: Any = signed_in(story, client)
    address = f"/manage/disputes/{the_dispute(ana).id}"
    page = client.get(address, **https).text
    assert "The bank wants to hear from you by" in page
    assert "Hand this in to the bank" in page
    for _ in range(2):
        assert client.post(f"{address}/answer", **https).status_code == 303
        page = client.get(address, **https).text
        assert "Evidence was handed in" in page
        assert "Hand this in to the bank" not in page
    calls = story.stripe.control("GET", "stats")["calls"]
    assert (calls["disputes.update"], calls["files.create"]) == (1, 1)
    assert story.gateway.retrieve_dispute(stripe_id).status == "under_review"
