"""A slip at the prompt costs one line on stderr: no bill, no person, no traceback."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from billing.models import BillingRun
from config import cli
from config.db import db
from locations.models import Account
from tests.support.studio import Studio

ADD = ("user", "add")
ODD = [
    (("bill", "--on", "2028-01-04"), 3, "--rehearse"),  # this year was meant
    (("bill", "--on", "9999-12-31", "--location", "sea"), 3, "--rehearse"),
    (("bill", "--on", "２０２７-０１-０１"), 2, "--on"),
    (("bill", "--on", "2027-01-04", "--location", ""), 3, "no such location"),
    (("bill", "--on", "2027-01-04", "--location", "s\x00a"), 3, "no such location"),
    (("bill", "--on", "2027-01-04", "--location", "\udcff"), 2, "UTF-8"),
    (("revenue", "--from", "0001-01", "--to", "9999-12"), 2, "2199"),
    (("revenue", "--from", "1e400", "--to", "NaN"), 2, "--from"),
    (("revenue", "--from", "2027-01", "--to", "2027-01", "--location", ""), 3, "location"),
    ((*ADD, "a@example.org", "--name", "x\u202ey"), 2, "/name"),
    ((*ADD, "a@example.org", "--name", "\x07"), 2, "/name"),
    ((*ADD, "a@example.org", "--name", "x" * 5000), 2, "/name"),
    ((*ADD, "a@example.org", "--name", "4242 4242 4242 4242"), 2, "/name"),
    ((*ADD, "a@example.org\nBcc: b@c.de", "--name", "A"), 2, "/email"),
    ((*ADD, "\ud800@example.org", "--name", "A"), 2, "UTF-8"),
    ((*ADD, "a@example.org", "--name", "A", "--role", "owner", "--location", "sea"), 2, "location"),
    ((*ADD, "a@example.org", "--name", "A", "--role", "desk", "--location", ""), 3, "location"),
    ((*ADD, "a@example.org", "--name", "A", "--role", "king"), 2, "--role"),
]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_slip_is_one_line_and_changes_nothing(
    app: Flask, studio: Studio, capsys: pytest.CaptureFixture[str]
) -> None:
    for words, code, sentence in ODD:
        assert cli.run(lambda: app, words) == code, words
        said = capsys.readouterr()
        assert said.out == "", words
        assert said.err.startswith("taper: "), words
        assert said.err.count("\n") == 1, words
        assert sentence in said.err, words
    assert db.session.scalar(sa.select(sa.func.count()).select_from(BillingRun)) == 0
    assert db.session.scalar(sa.select(Account).where(Account.email == "a@example.org")) is None


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_day_to_come_may_be_rehearsed(
    app: Flask, studio: Studio, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(lambda: app, ["bill", "--on", "2028-01-04", "--rehearse", "--json"]) == 0
    assert capsys.readouterr().out.startswith("[")
