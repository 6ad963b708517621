"""The pages of the books: seen where one may, the same cents in every form, closed from there."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from config.clock import SimulatedClock
from config.db import db
from config.ids import new_id
from locations import sales_tax, settlements
from locations.models import PeriodLock
from tests.locations.books import book, expired, noon, paid, sold, used
from tests.locations.conftest import HTTPS, post

DEC_30, JAN_4 = date(2026, 12, 30), date(2027, 1, 4)
JANUARY = "from=2027-01&to=2027-01"
REPORTS = ("roll-forward", "trial-balance", "sales-tax", "between-locations")


@pytest.fixture
def january(studios):
    """A starter sold at Seattle in December, and used there and at Tacoma in January."""
    book(
        sold(studios.sea, DEC_30),
        paid(studios.sea, DEC_30),
        used(studios.sea, studios.sea, JAN_4),
        used(studios.sea, studios.tac, JAN_4),
        expired(studios.sea, JAN_4, to="expired_refundable"),
        now=noon(JAN_4),
    )
    return studios


def seen(browser, path: str, status: int = 200):
    answer = browser.get(path, base_url=HTTPS)
    assert answer.status_code == status, (path, answer.status_code, answer.text[:400])
    return answer


@pytest.mark.parametrize(
    "name", [*REPORTS, "liability", "ageing", "taxed-sales", "mrr", "churn", "recovery"]
)
def test_report_is_a_page_a_file_and_a_document_of_the_same_cents(january, hire, sign_in, name):
    hire("olga", "owner")
    browser = sign_in("olga")
    page = seen(browser, f"/manage/{name}?{JANUARY}").text
    document = seen(browser, f"/manage/{name}.json?{JANUARY}").json
    lines = list(csv.DictReader(io.StringIO(seen(browser, f"/manage/{name}.csv?{JANUARY}").text)))
    assert len(lines) == len(document["rows"])
    for line, row in zip(lines, document["rows"], strict=True):
        for figure, cents in row.items():
            if figure.endswith("_cents"):
                shown = line[figure.removesuffix("_cents")]
                assert round(float(shown) * 100) == cents
                assert f"{abs(cents) / 100:,.2f}" in page


def test_every_number_of_a_page_leads_to_postings_that_are_there(january, hire, sign_in):
    hire("olga", "owner")
    browser = sign_in("olga")
    followed = 0
    for name in ("revenue", *REPORTS):
        page = seen(browser, f"/manage/{name}?{JANUARY}").text
        for address, shown in re.findall(r'href="(/manage/postings[^"]+)">([^<]+)<', page)[:12]:
            found = seen(browser, address.replace("&amp;", "&")).text
            digits = re.sub(r"[^0-9.,]", "", shown)
            assert digits == "0.00" or digits in found, (name, address, shown)
            followed += 1
    assert followed > 20


def test_manager_of_tacoma_sees_tacoma_alone_and_closes_nothing(january, hire, sign_in):
    hire("tim", "manager", january.tac)
    browser = sign_in("tim")
    for name in REPORTS:
        rows = seen(browser, f"/manage/{name}.json?{JANUARY}").json["rows"]
        assert {row.get("location", "Tacoma") for row in rows} <= {"Tacoma"}
        seen(browser, f"/manage/{name}?location=sea", 404)
    found = seen(browser, "/manage/postings?to=2027-01&account=earned_sessions").text
    assert "Tacoma" in found
    assert "Seattle" not in found.split("<main")[1]
    seen(browser, "/manage/journal?from=2027-01-01&to=2027-01-31&format=generic&location=sea", 404)
    assert post(browser, "/manage/books/lock", month="2026-12").status_code == 403
    seen(browser, "/manage/remit", 403)
    seen(browser, "/manage/settle", 403)


def test_desk_sees_no_books(january, hire, sign_in):
    hire("dora", "desk", january.sea)
    browser = sign_in("dora")
    for name in ("books", "postings?to=2027-01", *REPORTS):
        seen(browser, f"/manage/{name}", 403)


def test_accountant_locks_december_from_the_page_once_it_is_over(january, hire, sign_in, clock):
    hire("ada", "accountant")
    browser = sign_in("ada")
    assert isinstance(clock, SimulatedClock)
    assert "Lock Dec 2026 for good" in seen(browser, "/manage/books").text
    assert post(browser, "/manage/books/lock", month="2027-01").status_code == 409
    assert post(browser, "/manage/books/lock", month="soon").status_code == 422
    assert post(browser, "/manage/books/lock", month="2026-12").status_code == 303
    page = seen(browser, "/manage/books").text
    assert "Locked: Dec 2026." in page
    assert "Jan 2027 is not over" in page
    assert db.session.scalar(sa.select(PeriodLock.month)) == date(2026, 12, 1)


def test_accountant_writes_down_tax_and_settlement_that_were_paid(january, hire, sign_in):
    hire("ada", "accountant")
    browser = sign_in("ada")
    tax = {"tax": "Seattle sales tax", "on": "2027-01-04", "reference": "DOR 1"}
    tax["key"] = str(new_id())
    assert "$10.25" in seen(browser, "/manage/remit").text
    wrong = post(browser, "/manage/remit", location="sea", amount="1,5", **tax)
    assert (wrong.status_code, "Write an amount" in wrong.text) == (422, True)
    over = post(browser, "/manage/remit", location="sea", amount="10.26", **tax)
    assert (over.status_code, "DOR 1" in over.text) == (409, True)
    assert post(browser, "/manage/remit", location="sea", amount="10.25", **tax).status_code == 303
    assert sales_tax.owed_by_rate(january.sea.id) == {}
    pair = {"location": "sea", "to": "tac", "on": "2027-01-04", "reference": "wire"}
    pair["key"] = str(new_id())
    assert "$33.00" in seen(browser, "/manage/settle").text
    assert post(browser, "/manage/settle", amount="33.01", **pair).status_code == 409
    assert post(browser, "/manage/settle", amount="33", **pair).status_code == 303
    assert settlements.owed_by([january.sea.id]) == {}


def test_payment_written_down_by_a_page_sent_twice_is_one_payment(january, hire, sign_in):
    hire("ada", "accountant")
    browser = sign_in("ada")
    paid = {"location": "sea", "amount": "5", "on": "2027-01-04", "reference": "again"}
    for page, more in (("remit", {"tax": "Seattle sales tax"}), ("settle", {"to": "tac"})):
        key = re.search(r'name="key" value="([^"]+)"', seen(browser, f"/manage/{page}").text)[1]
        for _ in range(2):
            answer = post(browser, f"/manage/{page}", key=key, **paid, **more)
            assert answer.status_code == 303
    assert sales_tax.owed_by_rate(january.sea.id) == {"Seattle sales tax": 1025 - 500}
    owed = settlements.owed_by([january.sea.id])
    assert owed == {(january.sea.id, january.tac.id): 3300 - 500}


@pytest.mark.parametrize("layout", ["generic", "quickbooks"])
def test_journal_from_the_page_and_from_a_prompt_are_the_same_bytes(
    app, january, hire, sign_in, layout
):
    hire("ada", "accountant")
    asked = f"from=2026-12-01&to=2027-01-31&format={layout}"
    file = seen(sign_in("ada"), f"/manage/journal?{asked}")
    assert "attachment" in file.headers["Content-Disposition"]
    prompt = app.test_cli_runner().invoke(
        args=["journal", "export", "--from", "2026-12-01", "--to", "2027-01-31",
              "--format", layout]
    )  # fmt: skip
    assert prompt.exit_code == 0, prompt.output
    assert prompt.stdout_bytes == file.data


@pytest.mark.parametrize(
    "query", ["from=2027-01-02&to=2027-01-01&format=generic", "from=2027-01-01&format=generic",
              "from=2027-01-01&to=2029-01-01&format=generic",
              "from=2027-01-01&to=2027-01-02&format=xml"]
)  # fmt: skip
def test_odd_days_of_a_journal_are_refused(january, hire, sign_in, query):
    hire("ada", "accountant")
    seen(sign_in("ada"), f"/manage/journal?{query}", 422)


@pytest.mark.parametrize(
    "query", ["to=2027-13", "", "to=2027-01&account=petty", "to=2027-01&kind=DROP%20TABLE",
              "to=2027-01&span=ever"]
)  # fmt: skip
def test_odd_addresses_of_postings_are_refused(january, hire, sign_in, query):
    hire("ada", "accountant")
    seen(sign_in("ada"), f"/manage/postings?{query}", 422)


def test_prompt_locks_a_month(app, january, clock):
    clock.set(datetime(2027, 1, 1, 8, tzinfo=UTC))
    found = app.test_cli_runner().invoke(args=["months", "lock", "2026-12"])
    assert (found.exit_code, "Dec 2026 is locked." in found.output) == (0, True)
