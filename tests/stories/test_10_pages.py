"""What member, desk and manager read of a payment that failed: the same cents everywhere."""

from __future__ import annotations

import csv
import io

from flask import Flask

from billing.models import Dunning, Invoice
from config.db import db
from tests.http.world import Browser
from tests.stories.test_07_pages import signed_in, text
from tests.stories.test_10_declined import (
    WAIT_TWO_DAYS,
    comes_back,
    new_card,
    recovery,
)
from tests.support.story import Person, Story
from tests.support.studio import PASSWORD

LIST, REPORT = "/manage/failed-payments", "/manage/recovery"


def short_at_tacoma(story: Story) -> Person:
    """Somebody of Tacoma whose June is declined twice; the evening of June 4th."""
    story.go("2027-05-01 10:00", "tac")
    ida = story.join("Ida Berg", "MAINT-2", at="tac", password=PASSWORD)
    story.live("2027-05-31 21:00", "tac")
    story.bank_says(ida, WAIT_TWO_DAYS | {"times": 2})
    story.live("2027-06-04 18:00", "tac")
    return ida


def number(who: Person) -> str | None:
    """The number of the invoice that is being recovered."""
    return db.session.get_one(Invoice, recovery(who).invoice_id).number


def staff(app: Flask, who: str) -> Browser:
    return signed_in(app, f"{who}@studio.example")


def test_everybody_reads_why_the_payment_failed_and_what_comes_next(story: Story) -> None:
    ida = short_at_tacoma(story)
    found: Dunning = recovery(ida)
    own = text(signed_in(story.app, ida.email).get(f"/invoices/{found.invoice_id}").text)
    for said in (
        "June 1, 2027 Not paid with the saved card: your card had too little on it",
        "June 3, 2027 Not paid with the saved card: your card had too little on it",
        "We try again on June 6, 2027.",
    ):
        assert said in own
    assert "insufficient" not in own
    desk = staff(story.app, "desk.tac")
    sentence = "Payment failed: too little on the card. Next try Sun, Jun 6."
    card = desk.get(f"/desk/members/{ida.member_id}").text
    assert sentence in text(card)
    assert "light-amber" in card
    assert sentence in text(desk.get("/desk?q=ida").text)

    manager = staff(story.app, "manager.tac")
    listed = text(manager.get(LIST).text)
    assert f"Ida Berg {number(ida)} Tacoma Jun 1, 2027 Too little on the card" in listed
    assert "2 of 4 Sun, Jun 6 $87.14" in listed
    drill = text(manager.get(f"{LIST}/{found.invoice_id}").text)
    assert drill.count("Failed: too little on the card insufficient_funds 51 26") == 2
    assert "Ida" not in staff(story.app, "manager.boi").get(LIST).text


def test_page_file_and_document_of_failed_payments_have_the_same_cents(story: Story) -> None:
    ida = short_at_tacoma(story)
    owner = staff(story.app, "owner")
    (row,) = csv.DictReader(io.StringIO(owner.get(f"{LIST}.csv").text))
    assert (row["invoice"], row["due"], row["next_try_on"]) == (
        number(ida),
        "87.14",
        "2027-06-06",
    )
    told = owner.get(f"{LIST}.json").get_json()
    assert [one["due_cents"] for one in told["rows"]] == [8714]
    assert told["totals"] == {"due_cents": 8714}


def test_what_came_back_is_reported_in_the_month_in_which_it_failed(story: Story) -> None:
    ida = short_at_tacoma(story)
    story.go("2027-06-04 19:30", "boi")
    ben = story.join("Ben Ode", "MAINT-4", at="boi")
    story.live("2027-06-05 20:10", "tac")
    comes_back(story, new_card(story, ida))
    story.bank_says(ben, {"outcome": "stolen_card"})
    story.live("2027-07-06 09:30", "boi")
    owner = staff(story.app, "owner")
    asked = "?from=2027-06&to=2027-07"
    told = owner.get(f"{REPORT}.json{asked}").get_json()
    june, july = told["rows"]
    assert (june["month"], june["location"], june["rate"]) == ("2027-06", "Tacoma", "100.0%")
    assert (june["failed_cents"], june["new_card_cents"], june["open_cents"]) == (8714, 8714, 0)
    assert (july["location"], july["failed_cents"], july["open_cents"]) == ("Boise", 14734, 14734)
    assert july["rate"] == "0.0%"
    parts = ("retry", "new_card", "link", "other_tender", "lost", "open")
    for row in (june, july, told["totals"]):
        assert sum(row[f"{name}_cents"] for name in parts) == row["failed_cents"]
    rows = list(csv.DictReader(io.StringIO(owner.get(f"{REPORT}.csv{asked}").text)))
    assert [(row["month"], row["failed"], row["payments_failed"]) for row in rows] == [
        ("2027-06", "87.14", "1"),
        ("2027-07", "147.34", "1"),
    ]
    page = text(owner.get(f"{REPORT}{asked}").text)
    assert "$87.14" in page
    assert "$147.34" in page
    only_tacoma = staff(story.app, "manager.tac").get(f"{REPORT}.json{asked}").get_json()
    assert [row["location"] for row in only_tacoma["rows"]] == ["Tacoma"]
