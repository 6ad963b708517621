"""Money on its way to the bank: split to the cent among studios, and every difference kept."""

from __future__ import annotations

import csv
import io
import json
import re
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from billing.models import BalanceTransaction, Payment, Payout, ReconcileBreak
from billing.reconciling import reconciling
from config.db import db, transaction
from config.ids import new_id
from tests.support.story import Story
from tests.support.story_facts import booked, complaints, taken
from tests.support.studio import PASSWORD

SLUGS = ("sea", "tac", "boi", "phx")
HTTPS: dict[str, Any] = {"base_url": "https://localhost"}


def live_and_look(story: Story, *walls: str) -> None:
    """Let the jobs of all studios and the daily look run at each of these moments."""
    for wall in walls:
        story.go(wall)
        story.work()
        reconciling.work()


def fee(cents: int) -> int:
    """2.9 percent, half a cent up, and 30 cents."""
    return (cents * 29 + 500) // 1000 + 30


def bank(story: Story) -> dict[str, int]:
    return {slug: -booked(story, "bank", slug) for slug in SLUGS}


@pytest.fixture
def week(story: Story) -> Story:
    """Ana and Bo join in Seattle, Cid in Boise; Stripe pays out every day."""
    story.stripe.control("POST", "payouts/schedule", {"every_days": 1})
    story.go("2027-01-04 10:00")
    story.join("Ana Mora", "MAINT-4")
    story.go("2027-01-05 10:00")
    story.join("Bo Berg", "STARTER-3")
    story.join("Cid Cruz", "MAINT-2", at="boi")
    live_and_look(story, *(f"2027-01-{day:02} 12:00" for day in range(5, 12)))
    return story


def test_a_week_of_payouts_brings_each_studio_what_its_charges_left_and_the_group_their_sum(
    week: Story,
) -> None:
    expected = {"sea": 15339 - fee(15339) + 10925 - fee(10925), "boi": 8374 - fee(8374)}
    assert bank(week) == {"tac": 0, "phx": 0, **expected}
    assert {slug: booked(week, "stripe_clearing", slug) for slug in SLUGS} == dict.fromkeys(
        SLUGS, 0
    )
    assert -booked(week, "processor_fees", "boi", kind="processor_fee") == fee(8374)
    payouts = db.session.scalars(sa.select(Payout).order_by(Payout.created_at)).all()
    assert sum(payout.amount_cents for payout in payouts) == sum(expected.values())
    assert sum(taken(week)) - sum(map(fee, taken(week))) == sum(expected.values())
    assert complaints(week) == []
    stripe = week.app.extensions["taper.doctor.stripe"].examine()
    assert [one.violations for one in stripe if one.violations] == []


def test_page_file_and_program_show_a_manager_the_own_studio_alone(week: Story) -> None:
    manager = signed_in(week, "manager.boi")
    page, net = manager.get("/manage/payouts", **HTTPS).text, 8374 - fee(8374)
    assert f"${net / 100:,.2f}" in page
    assert "Seattle" not in page
    (row,) = csv.DictReader(io.StringIO(manager.get("/manage/payouts.csv", **HTTPS).text))
    assert (row["location"], row["charges"], row["net"]) == ("Boise", "83.74", f"{net / 100:.2f}")
    told = manager.get("/manage/payouts.json", **HTTPS).get_json()
    assert told["totals"]["net_cents"] == net


def test_every_number_of_a_payout_leads_to_its_movements_and_these_to_their_postings(
    week: Story,
) -> None:
    manager, net = signed_in(week, "manager.boi"), 8374 - fee(8374)
    page = manager.get("/manage/payouts", **HTTPS).text
    behind = [unescape(one) for one in re.findall(r'href="(/manage/payout-moves[^"]+)"', page)]
    assert [re.search(r"figure=(\w+)", one)[1] for one in behind] == ["charges", "fees", "net"]  # pyright: ignore[reportOptionalSubscript]
    for one in behind:
        moves = manager.get(one.replace("payout-moves", "payout-moves.json"), **HTTPS).get_json()
        (row,) = moves["rows"]
        assert (row["amount_cents"], row["fee_cents"], row["net_cents"]) == (8374, -fee(8374), net)
        assert moves["totals"]["net_cents"] == net
        (postings,) = re.findall(r'href="(/manage/postings[^"]+)"', manager.get(one, **HTTPS).text)
        assert f"${net / 100:,.2f}" in manager.get(unescape(postings), **HTTPS).text
    assert manager.get(f"{behind[0]}&nowhere=yes", **HTTPS).status_code == 404
    other = signed_in(week, "manager.tac").get(behind[0], **HTTPS)
    assert other.status_code == 404
    wrong = re.sub("figure=\\w+", "figure=gains", behind[0])
    assert manager.get(wrong, **HTTPS).status_code == 422
    unknown = re.sub("payout=\\w+", "payout=po_nothing", behind[0])
    assert manager.get(unknown, **HTTPS).status_code == 404


def test_programs_are_told_what_a_look_at_stripe_found(week: Story) -> None:
    runner = week.app.test_cli_runner()
    found = json.loads(runner.invoke(args=["reconcile", "--json"]).stdout)
    assert found == {"done": 0, "over": 1, "idle": 0, "silent": 0}
    adopted = json.loads(runner.invoke(args=["adopt", "--json"]).stdout)
    assert adopted == {"default": {"adopted": 0, "stray": 0, "second": 0, "left": 0}}


def test_a_difference_is_looked_after_noted_and_given_a_studio_on_its_page(week: Story) -> None:
    with transaction():
        db.session.add(
            BalanceTransaction(
                id=new_id(), stripe_id="txn_monthly", stripe_account="default", kind="stripe_fee",
                source_id="txn_monthly", amount_cents=-900, fee_cents=0, net_cents=-900,
                currency="USD", created_at=week.clock.now(), available_at=week.clock.now(),
            )
        )  # fmt: skip
    live_and_look(week, "2027-01-12 12:00")
    row = db.session.scalars(sa.select(ReconcileBreak)).one()
    clerk, about = signed_in(week, "accountant"), {"break_id": str(row.id)}
    for said in ({"act": "take"}, {"act": "note", "note": "Their monthly fee."}):
        answer = clerk.post("/manage/breaks", data={**about, **said}, **HTTPS)
        assert answer.status_code == 303
    page = clerk.get("/manage/breaks", **HTTPS).text
    assert "Accountant looks after it." in page
    assert "Their monthly fee." in page
    assert "-9.00" in clerk.get("/manage/breaks.csv", **HTTPS).text
    assert "monthly" not in signed_in(week, "manager.boi").get("/manage/breaks", **HTTPS).text

    clerk.post("/manage/breaks/place", data={**about, "location": "tac"}, **HTTPS)
    live_and_look(week, "2027-01-13 12:00")
    db.session.expire_all()
    assert row.resolved_at is not None
    assert -booked(week, "processor_fees", "tac") == 900


def test_explaining_a_difference_away_needs_words_and_the_right_studio(week: Story) -> None:
    with transaction():
        db.session.execute(sa.update(Payment).where(Payment.amount_cents == 8374).values(
            amount_cents=8373))  # fmt: skip
    live_and_look(week, "2027-01-12 12:00")
    row = db.session.scalars(
        sa.select(ReconcileBreak).where(ReconcileBreak.kind == "charge_differs")
    ).one()
    about = {"break_id": str(row.id), "act": "resolve"}
    stranger = signed_in(week, "manager.sea").post("/manage/breaks", data=about, **HTTPS)
    assert stranger.status_code == 404
    boise = signed_in(week, "manager.boi")
    assert "Say what you found." in boise.post(
        "/manage/breaks", data=about, follow_redirects=True, **HTTPS
    ).text  # fmt: skip
    boise.post("/manage/breaks", data={**about, "note": "Typed wrongly."}, **HTTPS)
    db.session.expire_all()
    assert (row.note, row.resolved_by) == ("Typed wrongly.", week.studio.staff["manager boi"].id)


def signed_in(story: Story, who: str) -> FlaskClient:
    """A browser in which somebody of the staff has signed in."""
    story.app.config["WTF_CSRF_ENABLED"] = False
    browser = story.app.test_client()
    browser.post("/login", data={"email": f"{who}@studio.example", "password": PASSWORD}, **HTTPS)
    return browser
