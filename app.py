"""The roof: wires settings, clocks, database, pages, accounts and floors; decides nothing."""

from __future__ import annotations

import os
import sys
from functools import partial, update_wrapper
from typing import Any

from flask import Flask

from billing import account as buying
from billing import cli as billing_cli
from billing import desk as at_desk
from billing import manager as managing
from billing import portal as money
from billing import setup as billing_setup
from billing import timetable
from billing.gateway import Gateway
from billing.holds import hold_desk, hold_pages
from billing.invariants import doctor as billing_doctor
from billing.invariants import doctor_disputes, doctor_extras, doctor_refunds
from billing.joining import join
from billing.leaving import closing_pages, desk_leaving, leaving
from billing.letters import webhooks
from billing.plan_changes import change_desk, change_pages
from billing.reconciling import reconcile
from billing.sales import phone_pages
from config import app_keys, cli, http, logs, mail, metrics, migrations, pages, problems
from config import clock as clocks
from config import db as database
from config.doctor import Doctor
from config.queue import InProcessQueue, ProcrastinateQueue, Queue, init_queue
from config.settings import Settings
from config.settings_loading import load
from demo import cli as demo_cli
from locations import account, doctor_months, guard, held_cli, manager
from locations import cli as locations_cli
from locations import doctor as locations_doctor
from membership import account as own
from membership import cli as membership_cli
from membership import desk, portal
from membership import manager as member_acts
from membership.invariants import doctor as membership_doctor
from membership.invariants import (
    doctor_credits,
    doctor_lines,
    doctor_mrr,
    doctor_persons,
    doctor_prices,
)
from membership.manager import prices

# Whose promises the doctor checks, floor by floor.
DOCTORS = (
    locations_doctor,
    doctor_months,
    doctor_credits,
    doctor_lines,
    doctor_persons,
    membership_doctor,
    doctor_mrr,
    doctor_prices,
    billing_doctor,
    doctor_extras,
)

# Every blueprint of every floor, from the ground up.
_EDGES = (
    manager,
    desk,
    member_acts,
    prices,
    portal,
    own,
    join,
    leaving,
    desk_leaving,
    change_pages,
    change_desk,
    hold_pages,
    hold_desk,
    at_desk,
    phone_pages,
    money,
    buying,
    managing,
    closing_pages,
    webhooks,
)
# The ground knows no roles, so the roof says it: these show nothing that is anybody's.
_OPEN_GROUND = ("assets.serve", "bootstrap.static", "metrics.figures")


def create_app(
    settings: Settings | None = None,
    *,
    clock: clocks.Clock | None = None,
    leases: clocks.LeaseClock | None = None,
    gateway: Gateway | None = None,
) -> Flask:
    """An application ready to serve, or to run commands in; it starts no thread.

    What is not given is real: settings of the environment, the machine's own time, Stripe as
    the settings name it. Raises SettingsProblem where the environment is wrong.
    """
    settings = settings or load(os.environ)
    app = Flask("taper", root_path=os.path.dirname(__file__), static_folder=None)
    app_keys.configure(app, settings)
    logs.init_logs(app, settings)
    clocks.init_clock(app, clock or clocks.SystemClock(), leases or clocks.SystemLeaseClock())
    database.init_db(app)
    migrations.init_migrations(app)
    init_queue(app, _queue(app, settings))
    mail.init_mail(app, settings)
    metrics.init_metrics(app)
    http.init_http(app)
    pages.init_pages(app)
    account.init_accounts(app, settings)
    billing_setup.init_billing(app, settings, gateway=gateway)
    _register_pages(app)
    problems.init_problems(app)
    _register_checks(app)
    _register_commands(app)
    return app


def main() -> None:
    """The `taper` command."""
    sys.exit(cli.run(create_app))


def _queue(app: Flask, settings: Settings) -> Queue:
    """Jobs in this process, or as rows for the workers; a test runs them on the spot."""
    if settings.mode == "grown":
        queue = ProcrastinateQueue(app, settings.database_url)
    else:
        threads = 0 if settings.testing else settings.worker_concurrency
        queue = InProcessQueue(app, threads=threads)
    timetable.register_jobs(queue)
    return queue


def _register_pages(app: Flask) -> None:
    """Every blueprint of every floor, from the ground up."""
    views: dict[str, Any] = app.view_functions
    for endpoint in _OPEN_GROUND:
        # Wrapped, because a vendor's view may be a method, which takes no mark.
        view = update_wrapper(partial(views[endpoint]), views[endpoint])
        views[endpoint] = guard.declare(view, guard.Access("public"))
    for edge in _EDGES:
        app.register_blueprint(edge.blueprint)


def _register_checks(app: Flask) -> None:
    """The invariants of every floor, from the ground up."""
    doctor = app.extensions["taper.doctor"] = Doctor()
    for floor in DOCTORS:
        floor.register(doctor)
    asks_stripe = app.extensions["taper.doctor.stripe"] = Doctor()
    reconcile.register(asks_stripe)
    doctor_refunds.register_stripe(asks_stripe)
    doctor_disputes.register_stripe(asks_stripe)


def _register_commands(app: Flask) -> None:
    """Every command of every floor, from the ground up."""
    cli.init_app(app, timetable=timetable.TIMETABLE, tick=timetable.tick)
    for floor in (locations_cli, held_cli, membership_cli, billing_cli):
        floor.init_app(app)
    demo_cli.init_app(app, create_app=create_app)
