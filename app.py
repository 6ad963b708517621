"""The roof: wires settings, clocks, database, pages, accounts and floors; decides nothing."""

from __future__ import annotations

import os

from flask import Flask

import billing.models  # noqa: F401 - every table must be known before anything is migrated
import config.models  # noqa: F401
import locations.models  # noqa: F401
import membership.models  # noqa: F401
from config import db as database
from config import http, migrations, pages, problems
from config.clock import Clock, LeaseClock, SystemClock, SystemLeaseClock, init_clock
from config.doctor import Doctor
from config.mail import init_mail
from config.secret import Secret
from config.settings import Settings, load
from locations import account


def create_app(
    settings: Settings | None = None,
    *,
    clock: Clock | None = None,
    leases: LeaseClock | None = None,
    gateway: object | None = None,
) -> Flask:
    """An application ready to serve, or to run commands in.

    What is not given is real: settings of the environment, the machine's own time, Stripe as
    the settings name it. Raises SettingsProblem where the environment is wrong.
    """
    settings = settings or load(os.environ)
    app = Flask(__name__)
    _configure(app, settings)
    init_clock(app, clock or SystemClock(), leases or SystemLeaseClock())
    app.extensions["taper.settings"] = settings
    app.extensions["taper.gateway"] = gateway
    database.init_db(app)
    migrations.init_migrations(app)
    init_mail(app, settings)
    http.init_http(app)
    pages.init_pages(app)
    account.init_accounts(app, settings)
    _register_pages(app)
    problems.init_problems(app)
    app.extensions["taper.doctor"] = _doctor()
    return app


def _configure(app: Flask, settings: Settings) -> None:
    """The keys that Flask and its extensions look for."""
    app.config.update(
        TESTING=settings.testing,
        DEBUG=settings.debug,
        SECRET_KEY=_revealed(settings.secret_key),
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=database.engine_options(settings.database_url),
        TRUSTED_HOSTS=list(settings.trusted_hosts),
        GROUP_NAME=settings.group_name,
        DEFAULT_LOCALE=settings.default_locale,
    )


def _revealed(secret: Secret | None) -> str:
    assert secret is not None, "settings.load() keeps every own secret"
    return secret.reveal()


def _register_pages(app: Flask) -> None:
    """Every blueprint of every floor, from the ground up."""


def _doctor() -> Doctor:
    """The invariants of every floor, from the ground up."""
    return Doctor()
