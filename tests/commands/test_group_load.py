"""A group is opened from a file: all of it or nothing, and never twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from config import cli
from config.db import db
from config.models import AuditEntry
from locations import places, tax_rates
from locations.models import LegalEntity, Location, TaxRate
from membership.catalogue import catalog
from membership.models import Pack, PackPrice, PackVersion, Plan, PlanPrice, PlanVersion
from tests.architecture.source import ROOT

EXAMPLE = (ROOT / "docs" / "group.example.toml").read_text("utf-8")
TABLES = (LegalEntity, Location, TaxRate, Pack, PackVersion, PackPrice, Plan, PlanVersion)
COUNTED = (*TABLES, PlanPrice, AuditEntry)
OPENING = date(2027, 1, 1)
STARTER_PRICE = 'seattle = "99.00"'
MARCH = """
[[pack.version]]
effective_from = 2027-03-01
sessions = 3
window_days = 10
first_use_days = 14
prices = { seattle = "109.00", tacoma = "99.00" }
"""


@dataclass(frozen=True)
class Said:
    """What the command left behind."""

    code: int
    out: str
    err: str


Load = Callable[[str], Said]


@pytest.fixture
def load(app: Flask, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Load:
    """Load a file of this text."""
    file = tmp_path / "group.toml"

    def run(text: str) -> Said:
        file.write_text(text, "utf-8")
        try:
            code = cli.run(lambda: app, ["group", "load", str(file)])
        except SystemExit as leaving:
            code = leaving.code if isinstance(leaving.code, int) else 1
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return run


def counts() -> list[int]:
    """How many rows each table of the group has."""
    db.session.expire_all()
    return [db.session.scalar(sa.select(sa.func.count()).select_from(one)) or 0 for one in COUNTED]


def starter_cents(slug: str, on: date) -> int | None:
    """What the starter costs at a studio on a day; none where it is not sold."""
    sold = catalog.offers(places.find(slug).id, on).packs
    return next((pack.price_cents for pack in sold if pack.code == "STARTER-3"), None)


def test_the_example_opens_three_studios_with_taxes_and_prices(load: Load) -> None:
    said = load(EXAMPLE)
    assert (said.code, said.err) == (0, "")
    assert "14 looked at, 14 new." in said.out
    assert not set("│┃━") & set(said.out), "a pipe gets no rules"
    assert [one.slug for one in places.open_ones()] == ["boise", "seattle", "tacoma"]
    seattle = places.find("seattle")
    assert seattle.address == "1416 Pike Place\nSeattle, WA 98101"
    assert places.stripe_account_of(seattle) == "default"
    rates = tax_rates.in_force(seattle.id, on=OPENING)
    assert {name: rate.rate_ppm for name, rate in rates.items()} == dict.fromkeys(
        tax_rates.PRODUCT_CLASSES, 103_500
    )
    assert tax_rates.in_force(seattle.id, on=date(2026, 12, 31)) == {}
    offers = catalog.offers(seattle.id, OPENING)
    assert [(plan.code, plan.price_cents, plan.overage_cents) for plan in offers.plans] == [
        ("MAINT-2", 7900, 3500),
        ("MAINT-4", 13_900, 3000),
        ("MAINT-6", 16_900, 3000),
        ("UNLIMITED", 18_600, None),
    ]
    assert {pack.code for pack in offers.packs} == {
        "STARTER-3", "EXTENSION-1", "BOOSTER-3", "DROP-IN"
    }  # fmt: skip
    assert starter_cents("boise", OPENING) == 9900


def test_the_same_file_again_changes_nothing(load: Load) -> None:
    load(EXAMPLE)
    before = counts()
    said = load(EXAMPLE)
    assert (said.code, said.err) == (0, "")
    assert "14 looked at, 0 new." in said.out
    assert "opened" not in said.out
    assert counts() == before


def test_a_price_from_march_on_is_a_new_version_and_the_old_one_stays(load: Load) -> None:
    load(EXAMPLE)
    at = EXAMPLE.index("[[pack]]", EXAMPLE.index("STARTER-3"))
    changed = f"{EXAMPLE[:at]}{MARCH}\n{EXAMPLE[at:]}"
    said = load(changed)
    assert said.code == 0, said.err
    assert "15 looked at, 1 new." in said.out
    assert starter_cents("seattle", date(2027, 2, 28)) == 9900
    assert starter_cents("seattle", date(2027, 3, 1)) == 10_900
    assert starter_cents("boise", date(2027, 3, 1)) is None
    assert "0 new" in load(changed).out


def test_a_corrected_price_or_term_is_a_further_version_of_the_same_day(load: Load) -> None:
    load(EXAMPLE)
    first = db.session.scalars(sa.select(PackPrice.price_cents)).all()
    dearer = EXAMPLE.replace(STARTER_PRICE, 'seattle = "101.5"').replace(
        "allowance = 2", "allowance = 3"
    )
    assert "2 new." in load(dearer).out
    assert starter_cents("seattle", OPENING) == 10_150
    numbers = sa.select(PackVersion.n).join(Pack).where(Pack.code == "STARTER-3")
    assert sorted(db.session.scalars(numbers)) == [1, 2]
    assert db.session.scalars(sa.select(PackPrice.price_cents)).all()[: len(first)] == first
    assert "0 new." in load(dearer).out


def test_terms_beside_the_price_are_read_and_a_change_of_one_is_a_new_version(load: Load) -> None:
    load(EXAMPLE)
    changed = EXAMPLE.replace(
        "# commitment_periods = 3", "roams = false\ncommitment_periods = 3", 1
    ).replace('# joining = { seattle = "25.00" }', 'joining = { seattle = "25.00" }', 1)
    assert "1 new." in load(changed).out
    seattle, boise = places.find("seattle").id, places.find("boise").id
    (plan,) = [p for p in catalog.offers(seattle, OPENING).plans if p.code == "MAINT-2"]
    assert (plan.commitment_periods, plan.roams, plan.joining_cents) == (3, False, 2500)
    assert (plan.hold_min_days, plan.hold_max_days, plan.hold_fee_cents) == (7, 90, 1000)
    (other,) = [p for p in catalog.offers(boise, OPENING).plans if p.code == "MAINT-2"]
    assert (other.joining_cents, other.hold_fee_cents) == (0, 1000)
    assert "0 new." in load(changed).out


def test_a_booster_at_120_dollars_is_warned_of_and_loaded_all_the_same(load: Load) -> None:
    said = load(EXAMPLE.replace('prices = { seattle = "90.00"', 'prices = { seattle = "120.00"'))
    assert said.code == 0
    lines = said.err.splitlines()
    assert lines[0].endswith("BOOSTER-3 costs $15.00 more than as many single sessions on MAINT-2.")
    assert lines[1].endswith("BOOSTER-3 costs $30.00 more than as many single sessions on MAINT-4.")
    assert all("taper: warning: Seattle from 20" in line for line in lines)
    packs = catalog.offers(places.find("seattle").id, OPENING).packs
    assert ("BOOSTER-3", 12000) in [(pack.code, pack.price_cents) for pack in packs]


def test_a_tax_changes_from_a_day_on_and_never_on_a_day_that_has_one(load: Load) -> None:
    load(EXAMPLE)
    april = 'name = "Sales tax 10.50 %"\npercent = "10.5"\neffective_from = 2027-04-01\n'
    at = EXAMPLE.index("[[location]]", EXAMPLE.index('slug = "seattle"'))
    changed = f"{EXAMPLE[:at]}[[location.tax]]\n{april}\n{EXAMPLE[at:]}"
    assert "15 looked at, 1 new." in load(changed).out
    seattle = places.find("seattle").id
    assert tax_rates.in_force(seattle, on=date(2027, 3, 31))["plan"].rate_ppm == 103_500
    assert tax_rates.in_force(seattle, on=date(2027, 4, 1))["plan"].rate_ppm == 105_000
    before = counts()
    said = load(changed.replace('percent = "10.35"', 'percent = "10.36"'))
    assert (said.code, said.out) == (2, "")
    lines = said.err.splitlines()
    assert len(lines) == len(tax_rates.PRODUCT_CLASSES)
    assert all("location 1, tax 1, effective_from: For a " in line for line in lines)
    assert counts() == before


def test_every_problem_is_one_line_with_its_place_and_nothing_is_written(load: Load) -> None:
    before = counts()
    wrong = (
        EXAMPLE.replace('percent = "10.30"', "percent = 10.30")
        .replace('zone = "America/Boise"', 'zone = "America/Atlantis"')
        .replace(STARTER_PRICE, "seattle = 99.0", 1)
        .replace("tier = 4", "tier = 4\ncolour = 'blue'")
        .replace('kind = "booster"', 'kind = "rocket"')
        .replace("allowance = 6\n", "")
    )
    said = load(wrong)
    assert (said.code, said.out) == (2, "")
    lines = said.err.splitlines()
    assert all(line.startswith("taper: ") for line in lines)
    for place in (
        "location 2, tax 1, percent: ",
        "location 3, zone: ",
        "pack 1, version 1, prices, seattle",
        "pack 3, kind: ",
        "plan 3, version 1, rollover_cap: ",
        "plan 4, colour: ",
    ):
        assert sum(place in line for line in lines) == 1, (place, said.err)
    assert len(lines) == 6
    assert counts() == before


def test_what_contradicts_itself_or_what_stands_is_named_at_once(load: Load) -> None:
    load(EXAMPLE)
    before = counts()
    wrong = (
        EXAMPLE.replace('slug = "tacoma"', 'slug = "seattle"')
        .replace('name = "Boise"', 'name = "Boise North"')
        .replace("tier = 3", "tier = 30")
        .replace(STARTER_PRICE, 'atlantis = "99.00"', 1)
        .replace('seattle = "33.00"', 'seattle = "33.001"')
    )
    said = load(wrong)
    assert (said.code, said.out) == (2, "")
    for place in (
        "location 2, slug: ",
        "location 3, name: ",
        "plan 3, tier: ",
        "pack 1, version 1, prices, atlantis: ",
        "pack 2, version 1, prices, seattle: ",
    ):
        assert place in said.err
    assert len(said.err.splitlines()) == 5
    assert counts() == before


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[[location]", "not TOML"),
        ("a = " + "[" * 100_000, "nested too deeply"),
        ("# " + "x" * 1_000_001, "longer than"),
        ("location = 3", "location: "),
        ("location = [3]", "location 1: "),
        ('"\\u001b[31m" = 1', "?[31m: "),
        ('[[entity]]\nname = "Nobody\'s LLC"', "entity 1, name: No [[location]]"),
        ('[[plan]]\ncode = "X"\nname = "X"\ntier = 1\nversion = []', "plan 1, version: "),
    ],
)
def test_an_odd_file_is_one_line(load: Load, text: str, sentence: str) -> None:
    before = counts()
    said = load(text)
    assert (said.code, said.out) == (2, "")
    assert sentence in said.err
    assert said.err.count("\n") == 1
    assert counts() == before


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_file_that_is_no_text_or_not_there_is_one_line(
    app: Flask, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert cli.run(lambda: app, ["group", "load", str(tmp_path / "none.toml")]) == 2
    assert "does not exist" in capsys.readouterr().err
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SystemExit) as leaving:
        cli.run(lambda: app, ["group", "load", str(tmp_path / "bytes.toml")])
    assert leaving.value.code == 2
    assert "not UTF-8" in capsys.readouterr().err
