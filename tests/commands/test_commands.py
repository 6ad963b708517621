"""The `taper` command: what it prints, where it complains, and the exit code a script sees."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from app import create_app
from config import cli, migrations
from config.db import db, transaction
from config.ids import new_id
from config.settings_loading import load
from locations import ledger, people
from locations.models import LedgerRollup
from locations.rules.entries import Entry, Leg
from tests.support import databases
from tests.support.databases import START
from tests.support.studio import Studio

PASSWORD = "eleven purple teapots"


@dataclass(frozen=True)
class Said:
    """What a command left behind."""

    code: int
    out: str
    err: str


Taper = Callable[..., Said]


@pytest.fixture
def taper(app: Flask, capsys: pytest.CaptureFixture[str]) -> Taper:
    """Run one command in the test's own application."""

    def run(*words: str) -> Said:
        try:
            code = cli.run(lambda: app, words)
        except SystemExit as leaving:
            code = leaving.code if isinstance(leaving.code, int) else 1
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return run


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("nothing-like-it",), 2, "No such command"),
        (("bill",), 2, "--on"),
        (("bill", "--on", "2027-02-30"), 2, "2027-02-30"),
        (("bill", "--on", "2027-02-01", "--location", "atlantis"), 3, "no such location"),
        (("revenue", "--from", "2027-01"), 2, "--to"),
        (("revenue", "--from", "2027-13", "--to", "2027-01"), 2, "2027-13"),
        (("revenue", "--from", "2027-02", "--to", "2027-01"), 2, "before --from"),
        (("revenue", "--from", "2027-01", "--to", "2027-01", "--format", "xml"), 2, "xml"),
        (("user", "add", "nonsense", "--name", "No One"), 2, "email"),
        (("user", "add", "a@example.org", "--name", "A", "--role", "desk"), 2, "location"),
        (("worker",), 3, "TAPER_MODE=grown"),
        (("doctor", "--loudly"), 2, "--loudly"),
    ],
)
def test_what_is_wrong_is_one_line_on_stderr(
    taper: Taper, words: tuple[str, ...], code: int, sentence: str
) -> None:
    said = taper(*words)
    assert said.code == code
    assert said.out == ""
    assert said.err.startswith("taper: ")
    assert said.err.count("\n") == 1
    assert sentence in said.err


def test_wrong_settings_are_listed_at_once_and_show_no_secret(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    wrong = {
        "TAPER_PORT": "many",
        "TAPER_MODE": "enormous",
        "TAPER_VAR_DIR": str(tmp_path),
        "TAPER_NOT_A_SETTING": "sk_live_oops",
    }
    assert cli.run(lambda: create_app(load(wrong)), ["doctor"]) == 2
    said = capsys.readouterr().err
    assert "TAPER_PORT" in said
    assert "TAPER_MODE" in said
    assert "TAPER_NOT_A_SETTING" in said
    assert "oops" not in said
    assert said.count("\n") == 1


def test_help_names_every_command(taper: Taper) -> None:
    said = taper("--help")
    assert said.code == 0
    for name in ("bill", "clock", "db", "doctor", "revenue", "sandbox", "serve", "user", "worker"):
        assert name in said.out


def test_a_new_database_gets_its_tables_and_a_second_upgrade_does_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for kind in ("sqlite", "postgresql"):
        with databases.bare(kind, tmp_path) as url:
            app = create_app(databases.settings_for(url, tmp_path))
            for _again in range(2):
                assert cli.run(lambda app=app: app, ["db", "upgrade"]) == 0
                assert f"at {migrations.revision_wanted()}" in capsys.readouterr().out
            with app.app_context():
                assert migrations.revision_here() == migrations.revision_wanted()
                db.engine.dispose()


def test_a_database_that_does_not_answer_is_for_later(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = "postgresql+psycopg://nobody@127.0.0.1:1/none?connect_timeout=1"
    app = create_app(databases.settings_for(nowhere, tmp_path))
    assert cli.run(lambda: app, ["revenue", "--from", "2027-01", "--to", "2027-01"]) == 4
    assert capsys.readouterr().err.startswith("taper: the database: ")
    with pytest.raises(SystemExit, match="2"):
        cli.run(lambda: app, ["doctor"])
    assert "cannot check" in capsys.readouterr().err


def test_doctor_is_content_with_a_new_studio(taper: Taper, studio: Studio) -> None:
    said = taper("doctor")
    assert said.code == 0
    assert " 0 broken" in said.out
    findings = json.loads(taper("doctor", "--json").out)
    assert {"L1", "L3", "B1", "C1", "E1", "A1"} <= {finding["code"] for finding in findings}
    assert all(finding["violations"] == [] for finding in findings)


def test_doctor_finds_a_roll_up_that_was_tampered_with(taper: Taper, studio: Studio) -> None:
    _earn(studio, 100)
    with transaction():
        db.session.execute(sa.update(LedgerRollup).values(debit_cents=LedgerRollup.debit_cents + 1))
    said = taper("doctor", "--json")
    assert said.code == 1
    broken = {f["code"] for f in json.loads(said.out) if f["violations"]}
    assert "L3" in broken
    assert taper("doctor").code == 1


def test_revenue_says_the_same_cents_in_every_form(taper: Taper, studio: Studio) -> None:
    _earn(studio, 123_45)
    asked = ("revenue", "--from", "2027-01", "--to", "2027-01", "--location", "sea")
    rows = json.loads(taper(*asked, "--format", "json").out)["rows"]
    assert [row["earned_cents"] for row in rows] == [123_45]
    assert "123.45" in taper(*asked, "--format", "csv").out
    table = taper(*asked).out
    assert "$123.45" in table
    assert not set("│┃━") & set(table), "a pipe gets no rules"


def test_staff_is_added_once_and_may_sign_in(
    taper: Taper, studio: Studio, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text(f"{PASSWORD}\n")
    words = ("user", "add", "New@Example.org", "--name", "Nia New", "--role", "manager")
    for _again in range(2):
        with secret.open() as stdin:
            monkeypatch.setattr("sys.stdin", stdin)
            said = taper(*words, "--location", "boi", "--password-stdin")
        assert said.code == 0, said.err
        assert said.out == "new@example.org is manager of Boise.\n"
    account = people.find_by_email("new@example.org")
    assert account is not None
    assert account.password
    assert PASSWORD not in account.password
    assert {(g.role, g.location_id) for g in people.grants_of(account.id)} == {
        ("manager", studio.id_of("boi"))
    }


def test_nothing_is_left_of_somebody_whose_role_does_not_fit(taper: Taper, studio: Studio) -> None:
    assert taper("user", "add", "x@example.org", "--name", "X", "--role", "desk").code == 2
    assert people.find_by_email("x@example.org") is None


def _earn(studio: Studio, cents: int) -> None:
    """A session's worth of revenue at Seattle on 2027-01-04."""
    sea = studio.id_of("sea")
    entry = Entry(
        kind="redeemed",
        source_type="credit_entry",
        source_id=new_id(),
        occurred_on=date(2027, 1, 4),
        currency="USD",
        legs=(Leg("deferred_sessions", sea, cents), Leg("earned_sessions", sea, -cents)),
    )
    with transaction():
        ledger.post([entry], now=START)
