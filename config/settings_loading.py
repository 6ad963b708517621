"""Reads the settings of a start: what is given, what follows from it, and every problem at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from config import settings_checks as check
from config.errors import FieldProblem, Invalid
from config.secret import kept_secret
from config.settings import MAIN_ACCOUNT, STRIPE_API, Settings
from config.settings_text import SettingProblem, collect

STRIPE_RETRIES = 1  # by the SDK, with the same key; the lease must outlive them all
CALLS_UNDER_LEASE = 3  # create, retrieve, confirm
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_OWN_SECRETS = ("secret_key", "security_password_salt", "totp_secret")


class SettingsProblem(Invalid):
    """The start is refused; `fields` names every setting that is wrong."""

    kind = "invalid"

    def __init__(self, problems: list[SettingProblem]) -> None:
        fields = [FieldProblem(f"/{p.variable}", p.message, "setting") for p in problems]
        super().__init__("These settings need mending before Taper starts.", fields=fields)


def load(environ: Mapping[str, str], **overrides: Any) -> Settings:
    """Settings from variables, the file they name, and `overrides` (typed; they win).

    Keeps missing secrets in `var_dir` in embedded mode. Raises SettingsProblem with all that
    is wrong.
    """
    values, problems = collect(Settings, environ)
    settings = _completed(Settings(**(values | overrides)))
    problems += _contradictions(settings)
    if problems:
        raise SettingsProblem(problems)
    return _with_kept_secrets(settings)


def _completed(settings: Settings) -> Settings:
    """Fill what follows from something else."""
    var_dir = settings.var_dir.absolute()
    base_url = (settings.base_url or f"http://{settings.host}:{settings.port}").rstrip("/")
    return dataclasses.replace(
        settings,
        var_dir=var_dir,
        base_url=base_url,
        stripe_api_base=settings.stripe_api_base.rstrip("/"),
        database_url=_database_url(settings.database_url, var_dir),
        trusted_hosts=settings.trusted_hosts
        or tuple(dict.fromkeys([check.address(base_url).hostname or "", *_LOOPBACK])),
    )


def _database_url(url: str, var_dir: Path) -> str:
    if not url:
        return f"sqlite:///{var_dir / 'taper.sqlite3'}"
    if url.startswith("sqlite:///") and not url.startswith(("sqlite:////", "sqlite:///:memory:")):
        return f"sqlite:///{var_dir / url.removeprefix('sqlite:///')}"
    for plain in ("postgres://", "postgresql://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url.removeprefix(plain)
    return url


def _contradictions(settings: Settings) -> list[SettingProblem]:
    """What is wrong with settings taken together."""
    s = settings
    longest_s = CALLS_UNDER_LEASE * (1 + STRIPE_RETRIES) * s.stripe_timeout_s
    keys = s.stripe_keys
    names = [check.named(secret.reveal())[0] for secret in s.stripe_accounts]
    key = keys.get(MAIN_ACCOUNT, "")
    live = [one.startswith(("sk_live_", "rk_live_")) for one in keys.values()]
    address = check.address(s.base_url)
    at_home = (address.hostname or "") in ("127.0.0.1", "localhost", "::1")
    grown = s.mode == "grown"
    rules = [
        ("lease_s", s.lease_s <= longest_s, f"must exceed {longest_s}, all calls timing out"),
        ("database_url", grown and s.is_sqlite, "grown mode needs PostgreSQL"),
        ("database_url", not check.known_database(s.database_url), "must be sqlite or postgresql"),
        ("stripe_api_key", grown and not keys, "is required in grown mode"),
        ("stripe_accounts", "" in names, "must each be a name, = and a key"),
        ("stripe_accounts", len(set(names)) < len(names), "name an account twice"),
        (
            "stripe_accounts",
            bool(key) and MAIN_ACCOUNT in names,
            "name the main account again",
        ),
        ("stripe_accounts", len(set(live)) > 1, "mix live keys with those of test mode"),
        ("stripe_webhook_secrets", grown and not s.stripe_webhook_secrets, "needs one at least"),
        ("stripe_api_base", not check.is_origin(s.stripe_api_base), "not a URL of a site"),
        (
            "stripe_api_base",
            any(live) and s.stripe_api_base != STRIPE_API,
            "a live key is sent to Stripe alone",
        ),
        ("stripe_api_key", not key.isascii() or " " in key, "is not a key"),
        ("base_url", not check.is_origin(s.base_url), "not a URL of a site"),
        ("base_url", address.scheme == "http" and not at_home, "needs https outside loopback"),
        ("smtp_host", s.mail_backend == "smtp" and not s.smtp_host, "is required to send by smtp"),
        ("mail_from", not check.is_sender(s.mail_from), "holds no mail address"),
        ("default_locale", not check.known_locale(s.default_locale), "is not known"),
        ("debug", grown and s.debug, "never in grown mode"),
    ]
    rules += [
        (name, not s.is_sqlite and getattr(s, name) is None, "is required with PostgreSQL")
        for name in _OWN_SECRETS
    ]
    return [SettingProblem(name, message) for name, wrong, message in rules if wrong]


def _with_kept_secrets(settings: Settings) -> Settings:
    missing = [name for name in _OWN_SECRETS if getattr(settings, name) is None]
    try:
        kept: dict[str, Any] = {name: kept_secret(settings.var_dir / name) for name in missing}
    except OSError as error:
        reason = f"cannot be used: {error.strerror}"
        raise SettingsProblem([SettingProblem("var_dir", reason)]) from error
    return dataclasses.replace(settings, **kept)
