"""Whoever asks what a number is made of comes from the page to its parts, and to their postings."""

from __future__ import annotations

import re
from html import unescape

from billing.refunds.refund_terms import Terms
from config.money import half_up
from tests.http.world import Browser
from tests.stories.test_07_pages import signed_in, text
from tests.stories.test_10_pages import short_at_tacoma
from tests.support.story import Story
from tests.support.story_facts import complaints
from tests.support.story_refunds import granted, newest_invoice, send_all, wish

_LINK = re.compile(r'href="(/manage/[^"]+)">([^<]+)</a></td>')
_FIGURE = re.compile(r'class="stat">([^<]+)<')
REPORTS = (
    "ageing",
    "taxed-sales",
    "mrr",
    "churn",
    "recovery",
    "revenue",
    "roll-forward",
    "trial-balance",
    "sales-tax",
    "between-locations",
    "liability",
)
YEAR = "from=2027-01&to=2027-12"


def test_every_number_leads_to_parts_that_sum_to_it_and_these_to_postings(story: Story) -> None:
    story.go("2027-04-20 10:00", "sea")
    ben = story.join("Ben Okoro", "STARTER-3", at="sea")
    granted(story, wish(newest_invoice(ben), Terms("goodwill", "card", (), 500)))
    send_all()
    story.come(ben, at="tac")
    short_at_tacoma(story)
    assert complaints(story) == []
    owner = signed_in(story.app, "owner@studio.example")
    followed = {name: _follow(owner, f"/manage/{name}?{YEAR}") for name in REPORTS}
    assert min(followed.values()) >= 2, followed


def test_credit_out_of_goodwill_is_counted_with_its_tax(story: Story) -> None:
    story.go("2027-04-20 10:00", "sea")
    ben = story.join("Ben Okoro", "STARTER-3", at="sea")
    granted(story, wish(newest_invoice(ben), Terms("goodwill", "card", (), 500)))
    owner = signed_in(story.app, "owner@studio.example")
    rows = owner.get(f"/manage/taxed-sales.json?{YEAR}").json["rows"]
    (row,) = [row for row in rows if row["credited_base_cents"]]
    assert row["base_cents"] == 9900
    assert row["credited_base_cents"] + row["credited_tax_cents"] == 500
    assert row["credited_tax_cents"] > 0
    owed = owner.get(f"/manage/sales-tax.json?{YEAR}").json["totals"]
    assert owed["credited_cents"] == row["credited_tax_cents"]


def test_what_nobody_knows_is_said_of_the_field(story: Story) -> None:
    owner = signed_in(story.app, "owner@studio.example")
    for address in (
        "owed-invoices?age=old",
        "taxed-lines?what=given&ppm=1&class=plan",
        "taxed-lines?what=sold",
        "mrr-moves?kind=sold",
        "recoveries?fate=sealed",
        "mrr-moves?from=2027-01&to=2027-01&span=about",
        "mrr-moves?page=0",
        "postings?source=mine",
        "postings",
        "postings?to=2027-01&apart=Sale",
        "unclaimed-parts?state=lost",
    ):
        assert owner.get(f"/manage/{address}").status_code == 422, address
    assert owner.get("/manage/owed-invoices?location=nowhere").status_code == 404
    desk = signed_in(story.app, "desk.tac@studio.example")
    assert desk.get("/manage/owed-invoices").status_code == 403


def _follow(owner: Browser, address: str) -> int:
    """Every number of a page, and the numbers behind it; how many led on."""
    count = 0
    for onward, shown in sorted(set(_LINK.findall(owner.get(address).text))):
        found = owner.get(unescape(onward))
        assert found.status_code == 200, onward
        count += 1
        if "/postings" in onward:
            sums = {figure.lstrip("-") for figure in _FIGURE.findall(found.text)}
            assert shown.lstrip("-") in sums, (address, onward, shown)
            continue
        said = text(found.text)
        here = shown in said or shown.lstrip("-") in said
        assert here or _each(owner, onward) == shown, (address, onward, shown)
        _follow(owner, unescape(onward))
    return count


def _each(owner: Browser, address: str) -> str:
    """What the moves of a page bring for each plan that they count."""
    sums = owner.get(unescape(address).replace("mrr-moves", "mrr-moves.json")).json["totals"]
    return f"${half_up(sums['delta_cents'], sums['plans']) / 100:,.2f}"


def test_sessions_left_are_shown_of_one_s_own_studio_alone(story: Story) -> None:
    story.go("2027-04-20 10:00", "sea")
    story.join("Ben Okoro", "STARTER-3", at="sea")
    story.join("Ida Lund", "STARTER-3", at="tac")
    manager = signed_in(story.app, "manager.sea@studio.example")
    found = manager.get("/manage/open-credits.json").json
    assert [row["member"] for row in found["rows"]] == ["Ben Okoro"]
    assert found["totals"]["sessions"] == found["rows"][0]["sessions"] == 3
    assert manager.get("/manage/open-credits?location=tac").status_code == 404
