"""The `taper` command: its own group, the database's commands, the doctor and the processes.

Every floor adds its commands to the same group. An error is one line on stderr, and the exit
code tells a script what to do: 2 mend the input, 3 it is not allowed, 4 try again later.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence

import click
from flask import Flask, current_app
from flask.cli import ScriptInfo, with_appcontext
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from config import migrations, processes
from config.doctor import Doctor, Finding, as_json
from config.errors import TaperError
from config.scheduler import Entry
from config.screen import show_table

EXIT_OF_KIND = {"invalid": 2, "refused": 3, "not_found": 3, "forbidden": 3, "unavailable": 4}
EXIT_USAGE = 2
EXIT_UNAVAILABLE = 4
EXIT_INTERRUPTED = 130


def run(create_app: Callable[[], Flask], arguments: Sequence[str] | None = None) -> int:
    """Build the application, run one command in it, and return the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not all(_readable(word) for word in words):
        return _complain("an argument holds bytes that are not UTF-8 text", EXIT_USAGE)
    try:
        app = create_app()
        info = ScriptInfo(create_app=lambda: app)
        outcome = app.cli.main(
            words,
            prog_name="taper",
            obj=info,
            standalone_mode=False,
        )
        return outcome if isinstance(outcome, int) else 0
    except TaperError as error:
        return _complain(str(error), EXIT_OF_KIND.get(error.kind, 1))
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return EXIT_USAGE
    except click.ClickException as error:
        return _complain(error.format_message(), EXIT_USAGE)
    except (click.Abort, KeyboardInterrupt):
        return EXIT_INTERRUPTED
    except DBAPIError as error:
        return _complain(f"the database: {_first_line(error)}", EXIT_UNAVAILABLE)


def init_app(app: Flask, *, timetable: Sequence[Entry], tick: Callable[[Entry], object]) -> None:
    """Name the group and add the ground's commands; the timetable belongs to a higher floor."""
    app.cli.name = "taper"
    app.cli.help = "Memberships and billing for a group of wellness studios."
    app.cli.no_args_is_help = True
    for command in (db_commands, doctor, *processes.commands(timetable, tick)):
        app.cli.add_command(command)


@click.group("db")
def db_commands() -> None:
    """Look after the database."""


@db_commands.command("upgrade")
@with_appcontext
def upgrade() -> None:
    """Bring the tables to this version; safe to run again."""
    before = migrations.revision_here()
    migrations.upgrade()
    after = migrations.revision_here()
    click.echo(f"The database is at {after}" + ("" if before == after else f", was {before}."))


@click.command("doctor")
@click.option("--stripe", "ask_stripe", is_flag=True, help="Also compare with Stripe.")
@click.option("--json", "print_json", is_flag=True, help="Print JSON.")
@with_appcontext
def doctor(ask_stripe: bool, print_json: bool) -> None:
    """Check every promise; changes nothing. Exit 0 all hold, 1 one is broken, 2 cannot tell."""
    doctors: list[Doctor] = [current_app.extensions["taper.doctor"]]
    if ask_stripe:
        doctors.append(current_app.extensions["taper.doctor.stripe"])
    try:
        findings = [finding for one in doctors for finding in one.examine()]
    except (SQLAlchemyError, TaperError) as error:
        sys.exit(_complain(f"cannot check: {_first_line(error)}", 2))
    if print_json:
        click.echo(json.dumps(as_json(findings), indent=2))
    else:
        _print_findings(findings)
    sys.exit(1 if any(finding.violations for finding in findings) else 0)


def _print_findings(findings: Sequence[Finding]) -> None:
    show_table(
        "Doctor",
        ("Code", "Promise", "Found"),
        [(f.code, f.promise, "; ".join(f.violations) or "ok") for f in findings],
    )
    broken = sum(bool(finding.violations) for finding in findings)
    click.echo(f"{len(findings)} promises checked, {broken} broken.")


def _readable(word: str) -> bool:
    """Whether no half of a character is in it: no database and no screen takes one."""
    return word.encode("utf-8", "replace").decode() == word


def _complain(sentence: str, code: int) -> int:
    """One line on stderr, whatever was in the sentence; returns the exit code."""
    click.echo(f"taper: {' '.join(sentence.split())}", err=True)
    return code


def _first_line(error: Exception) -> str:
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    return str(cause).strip().partition("\n")[0]
