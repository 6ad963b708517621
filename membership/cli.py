"""`taper group load`: open studios and bring the price list up to a file."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask.cli import with_appcontext

from config import clock
from config.audit import Actor
from config.db import transaction
from config.errors import FieldProblem, Invalid
from config.inputs import read
from config.screen import show_table
from membership.catalogue import ladder
from membership.catalogue.group import load
from membership.catalogue.group_file import GroupFile
from membership.catalogue.ladder import Warned
from membership.rules.price_list import Change

MOST_BYTES = 1_000_000
EXIT_INVALID = 2
_LISTS = ("entity", "location", "tax", "classes", "pack", "plan", "version")


def init_app(app: Flask) -> None:
    """Add this floor's commands to the application's."""
    app.cli.add_command(group)


@click.group("group")
def group() -> None:
    """Look after the studios and what they sell."""


@group.command("load")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_appcontext
def load_command(file: Path) -> None:
    """Open the studios of a TOML file, date its tax rates, and bring the price list up to it.

    What is changed becomes a new version or a new rate; the same file again changes nothing.
    With anything wrong in it, nothing is written. Prices that hardly fit together are named.
    """
    try:
        given = read(GroupFile, _parsed(file))
        now = clock.now()
        with transaction():
            changes = load(given, by=Actor(None, "command line"), now=now)
    except Invalid as error:
        _complain(error.fields or [FieldProblem("", error.message)])
        sys.exit(EXIT_INVALID)
    _print(changes)
    _warn(ladder.warnings_from(now.date()))


def _parsed(file: Path) -> dict[str, Any]:
    with file.open("rb") as opened:
        written = opened.read(MOST_BYTES + 1)
    if len(written) > MOST_BYTES:
        raise Invalid(f"The file is longer than {MOST_BYTES} bytes.")
    try:
        return tomllib.loads(written.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Invalid("The file is not UTF-8 text.") from None
    except tomllib.TOMLDecodeError as error:
        raise Invalid(f"The file is not TOML: {error}") from None
    except RecursionError:
        raise Invalid("The file is nested too deeply.") from None


def _complain(problems: Sequence[FieldProblem]) -> None:
    """One line on stderr for each problem, whatever was in it."""
    for problem in problems:
        place = _place(problem.field)
        line = " ".join(f"{place}: {problem.message}".removeprefix(": ").split())
        shown = "".join(char if char.isprintable() else "?" for char in line)
        click.echo(f"taper: {shown}", err=True)


def _warn(odd: Sequence[Warned]) -> None:
    """Prices that do not fit together: said, not refused."""
    for one in odd:
        text = f"{one.place_name} from {one.since}: {one.text}"
        shown = "".join(char if char.isprintable() else "?" for char in text)
        click.echo(f"taper: warning: {shown}", err=True)


def _place(pointer: str) -> str:
    """`/location/1/tax/0/percent` as `location 2, tax 1, percent`."""
    words: list[str] = []
    for part in pointer.split("/")[1:]:
        if part.isdecimal() and words and words[-1] in _LISTS:
            words[-1] = f"{words[-1]} {int(part) + 1}"
        else:
            words.append(part.replace("~1", "/").replace("~0", "~"))
    return ", ".join(words)


def _print(changes: Sequence[Change]) -> None:
    show_table(
        "Group",
        ("What", "Name", "Outcome"),
        [(one.what, one.name, one.outcome) for one in changes],
    )
    fresh = sum(one.outcome != "unchanged" for one in changes)
    click.echo(f"{len(changes)} looked at, {fresh} new.")
