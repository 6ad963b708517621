"""The README tells the truth: its commands, settings and files exist."""

from __future__ import annotations

import re

import click
import pytest
from flask import Flask

from app import create_app
from config.settings import Settings
from config.settings_text import table
from tests.architecture.source import ROOT
from tests.support.databases import settings_for

README = (ROOT / "README.md").read_text("utf-8")
SHELL = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
SETTING = re.compile(r"TAPER_[A-Z0-9_]+")


@pytest.fixture(scope="module")
def taper(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder = tmp_path_factory.mktemp("readme")
    return create_app(settings_for(f"sqlite:///{folder / 'none.sqlite3'}", folder))


def shell_lines(command: str) -> list[list[str]]:
    """Words of every shell line that calls a command, without its comment."""
    lines = [line.partition("#")[0].split() for block in SHELL for line in block.splitlines()]
    return [words for words in lines if words and words[0] == command]


def test_every_make_target_exists() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = {words[1] for words in shell_lines("make")}
    assert {"demo", "test", "check", "lock", "bench"} <= named <= targets


def test_every_command_and_option_exists(taper: Flask) -> None:
    assert len(shell_lines("taper")) > 8
    for words in shell_lines("taper"):
        command: click.Command = taper.cli
        rest = words[1:]
        while rest and isinstance(command, click.Group):
            command = command.commands[rest.pop(0)]
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in rest if word.startswith("--")} <= known, words


@pytest.mark.parametrize(
    "name",
    ["serve", "clock", "worker", "sandbox", "bill", "revenue", "doctor", "db", "user", "demo"],
)
def test_every_promised_command_is_there_and_named(taper: Flask, name: str) -> None:
    assert name in taper.cli.commands
    assert f"taper {name}" in README or f"make {name}" in README


def test_settings_are_listed_as_they_are() -> None:
    listed = README.partition("<!-- settings -->")[2].partition("<!-- /settings -->")[0]
    for row in table(Settings):
        default = f"`{row.default}`" if row.default else ""
        assert f"| `{row.variable}` | {row.type} | {default} | {row.doc} |" in listed
    assert listed.count("| `TAPER_") == len(table(Settings))


def test_every_setting_named_anywhere_exists() -> None:
    known = {row.variable for row in table(Settings)} | {"TAPER_CONFIG", "TAPER_"}
    assert set(SETTING.findall(README)) <= known


def test_every_named_file_and_folder_exists() -> None:
    quoted = re.findall(r"`([\w./-]+)`", README)
    paths = {word for word in quoted if "/" in word and not word.startswith("/")}
    assert len(paths) > 12
    assert [path for path in sorted(paths) if not _exists(path)] == []


def _exists(path: str) -> bool:
    """A path from the root, or the name of a folder that every floor has."""
    return (ROOT / path).exists() or any(ROOT.glob(f"*/{path}"))
