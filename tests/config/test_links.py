"""A link in a mail opens what it was made for, and nothing else."""

from __future__ import annotations

from uuid import UUID

import pytest
from flask import Flask

from config.errors import NotFound
from config.ids import new_id
from config.links import opened, sealed


@pytest.fixture
def site() -> Flask:
    site = Flask("links")
    site.config["SECRET_KEY"] = "a secret of this test"
    return site


def test_a_sealed_key_opens_under_its_own_purpose(site: Flask) -> None:
    with site.app_context():
        key = new_id()
        assert opened("stay", sealed("stay", key)) == key
        with pytest.raises(NotFound):
            opened("decline", sealed("stay", key))


def test_a_key_that_was_changed_guessed_or_sealed_elsewhere_opens_nothing(site: Flask) -> None:
    with site.app_context():
        good, other = sealed("stay", new_id()), sealed("stay", new_id())
        swapped = other.rpartition(".")[0] + "." + good.rpartition(".")[2]
        for text in ("", "x", str(UUID(int=1)), good[:-1], good[1:], swapped):
            with pytest.raises(NotFound):
                opened("stay", text)
    site.config["SECRET_KEY"] = "another"
    with site.app_context(), pytest.raises(NotFound):
        opened("stay", good)
