"""Pages of managers: the same cents in every form, and nothing of another studio's."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest

from config.audit import SYSTEM
from config.db import db, transaction
from config.errors import Invalid, NotFound, Refused
from config.models import AuditEntry
from locations import ledger, people
from locations.models import Location, StaffRole
from locations.rules.claims import payment, sale
from locations.rules.deliveries import redemption
from locations.rules.entries import SaleLine
from locations.rules.permissions import Grant
from tests.locations.conftest import HTTPS, NOW, post

JANUARY = "from=2027-01&to=2027-01"


@pytest.fixture
def january(studios):
    """A starter sold and paid at Seattle, used there once and at Tacoma once."""
    invoice = uuid4()
    on, usd = date(2027, 1, 4), "USD"
    given = {"on": on, "currency": usd, "value_cents": 3300, "product": "STARTER-3"}
    given |= {"sold_at": studios.sea.id, "home_at": studios.sea.id}
    entries = [
        sale(
            invoice_id=invoice,
            on=on,
            currency=usd,
            location_id=studios.sea.id,
            home_at=studios.sea.id,
            lines=[SaleLine("STARTER-3", "deferred_sessions", 9900, "tax", 1025)],
        ),
        payment(
            payment_id=uuid4(),
            on=on,
            currency=usd,
            location_id=studios.sea.id,
            amount_cents=10925,
            invoice_id=invoice,
        ),
        redemption(entry_id=uuid4(), delivered_at=studios.sea.id, **given),
        redemption(entry_id=uuid4(), delivered_at=studios.tac.id, **given),
    ]
    with transaction():
        ledger.post(entries, now=NOW)
    return studios


def test_page_file_and_document_show_the_same_cents(january, hire, sign_in):
    hire("olga", "owner")
    browser = sign_in("olga")
    page = browser.get(f"/manage/revenue?{JANUARY}", base_url=HTTPS)
    assert page.status_code == 200
    document = browser.get(f"/manage/revenue.json?{JANUARY}", base_url=HTTPS).json
    file = browser.get(f"/manage/revenue.csv?{JANUARY}", base_url=HTTPS)
    assert "attachment" in file.headers["Content-Disposition"]
    lines = {row["location"]: row for row in csv.DictReader(io.StringIO(file.text))}
    rows = {row["location"]: row for row in document["rows"]}
    assert rows["sea"]["net_sales_cents"] == 9900
    assert rows["sea"]["cash_cents"] == 10925
    assert rows["tac"]["earned_cents"] == 3300
    names = {"sea": "Seattle", "tac": "Tacoma", "boi": "Boise"}
    for slug, row in rows.items():
        for figure in ("net_sales", "tax", "cash", "earned", "breakage", "deferred_close"):
            assert Decimal(lines[names[slug]][figure]) * 100 == row[f"{figure}_cents"]
    for shown in ("$99.00", "$109.25", "$33.00", "$66.00"):
        assert shown in page.text
    assert document["totals"]["earned_cents"] == 6600
    assert "<svg" in page.text


def test_manager_sees_the_own_location_alone(january, hire, sign_in):
    hire("tim", "manager", january.tac)
    browser = sign_in("tim")
    document = browser.get(f"/manage/revenue.json?{JANUARY}", base_url=HTTPS).json
    assert {row["location"] for row in document["rows"]} == {"tac"}
    page = browser.get(f"/manage/revenue?{JANUARY}", base_url=HTTPS).text
    assert "Seattle" not in page


@pytest.mark.parametrize("page", ["revenue", "revenue.csv", "revenue.json"])
def test_foreign_location_answers_like_a_missing_one(january, hire, sign_in, page):
    hire("tim", "manager", january.tac)
    browser = sign_in("tim")
    foreign = browser.get(f"/manage/{page}?location=sea", base_url=HTTPS)
    missing = browser.get(f"/manage/{page}?location=atlantis", base_url=HTTPS)
    assert foreign.status_code == missing.status_code == 404


@pytest.mark.parametrize(
    "query",
    ["from=2027-13", "from=x", "to=99999-01", "from=2027-03&to=2027-01", "from=1990-01",
     "from=2010-01&to=2027-01", "from=２０２７-01"],
)  # fmt: skip
def test_odd_months_are_named_and_kept(january, hire, sign_in, query):
    hire("olga", "owner")
    browser = sign_in("olga")
    answer = browser.get(f"/manage/revenue?{query}", base_url=HTTPS)
    assert answer.status_code == 422
    assert "invalid-feedback" in answer.text
    assert browser.get(f"/manage/revenue.csv?{query}", base_url=HTTPS).status_code == 422
    document = browser.get(
        f"/manage/revenue.json?{query}", base_url=HTTPS, headers={"Accept": "application/json"}
    )
    assert document.status_code == 422
    assert document.json["errors"][0]["field"] in ("/from", "/to")


def test_month_without_books_says_so(studios, hire, sign_in):
    hire("olga", "owner")
    page = sign_in("olga").get("/manage/revenue", base_url=HTTPS)
    assert page.status_code == 200
    assert "Nothing was sold or earned" in page.text


@pytest.mark.parametrize("address", ["/manage", "/manage/revenue", "/manage/staff"])
def test_strangers_sign_in_first_and_members_may_not(studios, hire, sign_in, app, address):
    hire("mira")
    stranger = app.test_client().get(address, base_url=HTTPS)
    assert stranger.status_code == 302
    assert stranger.headers["Location"].startswith("/login?next=")
    assert sign_in("mira").get(address, base_url=HTTPS).status_code == 403


def test_program_without_sign_in_gets_a_problem_document(app, studios):
    answer = app.test_client().get(
        "/manage/revenue.json", base_url=HTTPS, headers={"Accept": "application/json"}
    )
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")


def test_desk_sees_no_revenue(january, hire, sign_in):
    hire("dora", "desk", january.sea)
    assert sign_in("dora").get("/manage/revenue", base_url=HTTPS).status_code == 403


def test_name_of_a_location_cannot_run_in_a_spreadsheet(january, hire, sign_in):
    with transaction():
        db.session.get_one(Location, january.sea.id).name = '=HYPERLINK("http://evil")'
    hire("olga", "owner")
    file = sign_in("olga").get(f"/manage/revenue.csv?{JANUARY}", base_url=HTTPS).text
    assert "'=HYPERLINK" in file
    assert "\n=HYPERLINK" not in file
    assert ",=HYPERLINK" not in file


def test_manager_gives_and_takes_the_desk_of_the_own_location(studios, hire, sign_in):
    hire("tim", "manager", studios.tac)
    dora = hire("dora")
    browser = sign_in("tim")
    given = post(browser, "/manage/staff", email="Dora@studio.example", location="tac")
    assert given.status_code == 302
    assert people.grants_of(dora.id) == {Grant("desk", studios.tac.id)}
    assert "dora@studio.example" in browser.get("/manage/staff", base_url=HTTPS).text
    role = db.session.query(StaffRole).filter_by(account_id=dora.id).one()
    taken = post(browser, f"/manage/staff/{role.id}/revoke")
    assert taken.status_code == 302
    db.session.rollback()
    assert people.grants_of(dora.id) == frozenset()
    acts = [entry.action for entry in db.session.query(AuditEntry).filter_by(subject_id=dora.id)]
    assert sorted(acts) == ["role_granted", "role_revoked"]


def test_manager_neither_staffs_another_location_nor_removes_an_owner(studios, hire, sign_in):
    owner = hire("olga", "owner")
    hire("tim", "manager", studios.tac)
    dora = hire("dora", "desk", studios.sea)
    browser = sign_in("tim")
    assert (
        post(browser, "/manage/staff", email="dora@studio.example", location="sea").status_code
        == 404
    )
    for account in (owner, dora):
        role = db.session.query(StaffRole).filter_by(account_id=account.id).one()
        assert post(browser, f"/manage/staff/{role.id}/revoke").status_code == 404
    assert post(browser, f"/manage/staff/{uuid4()}/revoke").status_code == 404
    db.session.rollback()
    assert people.grants_of(owner.id)
    assert people.grants_of(dora.id)


def test_address_nobody_has_is_named_and_kept(studios, hire, sign_in):
    hire("olga", "owner")
    answer = post(sign_in("olga"), "/manage/staff", email="who@studio.example", location="sea")
    assert answer.status_code == 422
    assert "who@studio.example" in answer.text
    assert "Nobody has an account" in answer.text


def test_last_owner_cannot_be_removed(studios, hire):
    olga, otto = hire("olga", "owner"), hire("otto", "owner")
    with transaction():
        people.revoke_role(otto.id, role="owner", location_id=None, by=SYSTEM, now=NOW)
    with pytest.raises(Refused) as refused, transaction():
        people.revoke_role(olga.id, role="owner", location_id=None, by=SYSTEM, now=NOW)
    assert refused.value.code == "last_owner"
    assert people.grants_of(olga.id) == {Grant("owner", None)}


@pytest.mark.parametrize(("role", "at"), [("owner", "sea"), ("desk", None), ("chef", "sea")])
def test_role_fits_its_reach(studios, hire, role, at):
    mira = hire("mira")
    location_id = studios.sea.id if at else None
    with pytest.raises(Invalid), transaction():
        people.grant_role(mira.id, role=role, location_id=location_id, by=SYSTEM, now=NOW)


def test_role_for_nobody_is_not_found(studios):
    with pytest.raises(NotFound), transaction():
        people.grant_role(uuid4(), role="owner", location_id=None, by=SYSTEM, now=NOW)


def test_staff_set_up_a_second_factor_before_anything_else(studios, hire, sign_in, app):
    app.config["STAFF_SECOND_FACTOR"] = "required"
    hire("olga", "owner")
    hire("mira")
    answer = sign_in("olga").get("/manage/revenue", base_url=HTTPS)
    assert answer.headers["Location"].endswith("/tf-setup")
    assert sign_in("mira").get("/account/start", base_url=HTTPS).headers["Location"] == "/"
