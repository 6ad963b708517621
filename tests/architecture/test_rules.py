"""Every rule of the house holds in every module, and every rule can be broken."""

from __future__ import annotations

import pytest

from tests.architecture import rules
from tests.architecture.source import modules, written

RULES = (
    rules.imports_go_down,
    rules.layers_hold,
    rules.rules_are_pure,
    rules.vendors_have_one_door,
    rules.only_edges_open_transactions,
    rules.clock_is_not_hidden,
    rules.time_has_no_default,
    rules.money_divides_in_one_place,
)

BREACHES = (
    (rules.imports_go_down, "config/mail.py", "from locations import places"),
    (
        rules.imports_go_down,
        "membership/packs/packs.py",
        "def sell():\n    import billing.checkout",
    ),
    (
        rules.imports_go_down,
        "locations/people.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from membership.models import X",
    ),
    (rules.imports_go_down, "billing/runs/run.py", "import stripe_sandbox.launch"),
    (rules.imports_go_down, "billing/runs/run.py", "from app import create_app"),
    (rules.imports_go_down, "stripe_sandbox/store.py", "from config.db import db"),
    (rules.layers_hold, "billing/rules/tax.py", "from billing import invoicing"),
    (rules.layers_hold, "membership/models/people.py", "from membership import packs"),
    (rules.layers_hold, "membership/packs/packs.py", "from membership.desk import search"),
    (rules.layers_hold, "billing/portal.py", "from billing import desk"),
    (rules.layers_hold, "billing/rules/tax.py", "from locations.models import TaxRate"),
    (rules.layers_hold, "billing/cli.py", "from config import cli"),
    (rules.rules_are_pure, "billing/rules/tax.py", "import flask"),
    (rules.rules_are_pure, "billing/rules/tax.py", "from config.db import db"),
    (rules.rules_are_pure, "billing/rules/tax.py", "import os"),
    (rules.rules_are_pure, "billing/rules/tax.py", "from uuid import uuid4"),
    (rules.rules_are_pure, "billing/rules/tax.py", "from config import settings"),
    (rules.vendors_have_one_door, "billing/cards/cards.py", "import stripe"),
    (rules.vendors_have_one_door, "billing/jobs.py", "from apscheduler.triggers import cron"),
    (rules.vendors_have_one_door, "app.py", "import procrastinate"),
    (
        rules.vendors_have_one_door,
        "membership/notices/notices.py",
        "from flask_mailman import Mail",
    ),
    (
        rules.only_edges_open_transactions,
        "membership/packs/packs.py",
        "with transaction():\n    pass",
    ),
    (rules.only_edges_open_transactions, "membership/packs/packs.py", "run_txn(work)"),
    (rules.only_edges_open_transactions, "membership/packs/packs.py", "db.session.commit()"),
    (rules.only_edges_open_transactions, "membership/packs/packs.py", "session.rollback()"),
    (rules.clock_is_not_hidden, "membership/packs/packs.py", "at = datetime.now(UTC)"),
    (rules.clock_is_not_hidden, "billing/cli.py", "on = datetime.date.today()"),
    (rules.clock_is_not_hidden, "membership/models/people.py", "mapped_column(server_default='x')"),
    (rules.clock_is_not_hidden, "membership/packs/packs.py", "from config.clock import now"),
    (rules.clock_is_not_hidden, "membership/packs/packs.py", "at = clock.now()"),
    (rules.time_has_no_default, "membership/packs/packs.py", "def sell(*, now=None): ..."),
    (rules.time_has_no_default, "membership/packs/packs.py", "def sell(member, now=None): ..."),
    (rules.money_divides_in_one_place, "billing/tax.py", "half = price_cents // 2"),
    (rules.money_divides_in_one_place, "billing/tax.py", "half = line.net_cents / 2"),
    (rules.money_divides_in_one_place, "billing/tax.py", "rest = total_cents % 3"),
    (rules.money_divides_in_one_place, "billing/tax.py", "whole, rest = divmod(total_cents, 3)"),
    (rules.money_divides_in_one_place, "billing/tax.py", "price_cents: float = 1"),
)

FINE = (
    (rules.imports_go_down, "billing/runs/run.py", "from membership import charges\nimport stripe"),
    (rules.layers_hold, "billing/portal.py", "from billing import checkout\nfrom config import db"),
    (rules.layers_hold, "membership/packs/packs.py", "from membership.models import MemberPack"),
    (rules.layers_hold, "locations/manager/staff.py", "from locations.manager.blueprint import b"),
    (rules.rules_are_pure, "billing/rules/tax.py", "from config.money import tax_cents\nimport re"),
    (rules.rules_are_pure, "billing/rules/tax.py", "from locations.rules import tax_rates"),
    (rules.rules_are_pure, "billing/rules/tax.py", "from uuid import UUID"),
    (rules.vendors_have_one_door, "billing/gateway/calls.py", "import stripe"),
    (rules.only_edges_open_transactions, "membership/desk.py", "with transaction():\n    pass"),
    (rules.clock_is_not_hidden, "membership/desk.py", "from config.clock import now"),
    (rules.money_divides_in_one_place, "billing/tax.py", "text = '%s' % price_cents"),
    (rules.money_divides_in_one_place, "config/money.py", "half = total_cents // 2"),
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_whole_house_keeps_the_rule(rule: rules.Rule) -> None:
    assert [breach for module in modules() for breach in rule(module)] == []


@pytest.mark.parametrize(("rule", "path", "text"), BREACHES)
def test_a_breach_is_seen(rule: rules.Rule, path: str, text: str) -> None:
    assert list(rule(written(path, text)))


@pytest.mark.parametrize(("rule", "path", "text"), FINE)
def test_what_is_allowed_passes(rule: rules.Rule, path: str, text: str) -> None:
    assert list(rule(written(path, text))) == []


def test_every_named_exception_still_exists() -> None:
    here = {module.path for module in modules()}
    named = {*rules.BETWEEN_CALLS, *rules.DAY_LISTS, *rules.MACHINE_TIME}
    assert named <= here
