"""What an operator may set: by `TAPER_*` variables, or in a TOML file named by TAPER_CONFIG.

A variable wins over the file. A start with something wrong is refused with every problem
listed at once; secrets never show, neither there nor in a log.
"""

# ruff: noqa: RUF009 - option() is dataclasses.field() under a shorter name

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from config import settings_checks as check
from config.errors import FieldProblem, Invalid
from config.secret import Secret, kept_secret
from config.settings_text import SettingProblem, collect, option

STRIPE_API = "https://api.stripe.com"
STRIPE_RETRIES = 1  # by the SDK, with the same key; the lease must outlive them all
CALLS_UNDER_LEASE = 3  # create, retrieve, confirm
MAIN_ACCOUNT = "default"  # whose key and secrets stand in the settings without a name
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_OWN_SECRETS = ("secret_key", "security_password_salt", "totp_secret")


class SettingsProblem(Invalid):
    """The start is refused; `fields` names every setting that is wrong."""

    kind = "invalid"

    def __init__(self, problems: list[SettingProblem]) -> None:
        fields = [FieldProblem(f"/{p.variable}", p.message, "setting") for p in problems]
        super().__init__("These settings need mending before Taper starts.", fields=fields)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Every setting, typed; see `table()` for names, defaults and what each is for."""

    mode: Literal["embedded", "grown"] = option(
        "embedded", "One process on SQLite, or several on PostgreSQL"
    )
    var_dir: Path = option(Path("var"), "Folder for the database, kept secrets and mail files")
    database_url: str = option("", "SQLAlchemy address; blank: taper.sqlite3 in var_dir", hide=True)
    secret_key: Secret | None = option(None, "Signs sessions; made and kept in var_dir if embedded")
    security_password_salt: Secret | None = option(None, "Peppers passwords; kept like secret_key")
    totp_secret: Secret | None = option(None, "Encrypts second factors; kept like secret_key")
    staff_second_factor: Literal["required", "offered"] = option(
        "required", "Whether staff act only after setting up an authenticator"
    )
    base_url: str = option("", "Address that members see; blank: http://host:port")
    host: str = option("127.0.0.1", "Address to listen on")
    port: int = option(8000, "Port to listen on", low=1, high=65535)
    trusted_hosts: tuple[str, ...] = option((), "Host names answered; blank: base_url's, loopback")
    proxy_hops: int = option(0, "Reverse proxies in front whose headers count", high=5)
    group_name: str = option("Taper Studios", "The group's name on pages and mail")
    default_locale: str = option("en_US", "Locale where a person has not chosen one")

    stripe_api_key: Secret | None = option(None, "Stripe secret key")
    stripe_accounts: tuple[Secret, ...] = option(
        (), "Keys of more Stripe accounts, one per legal entity: name=key"
    )
    stripe_api_base: str = option(STRIPE_API, "Stripe's address, or the sandbox's")
    stripe_webhook_secrets: tuple[Secret, ...] = option(
        (), "Signing secrets, two while rotating; name=secret for an account of its own"
    )
    stripe_payout_days: int = option(1, "Days from one payout of Stripe's to the next", low=1)
    stripe_rate_per_endpoint: int = option(25, "Stripe calls a second to one endpoint", low=1)
    stripe_rate_total: int = option(100, "Stripe calls a second in all", low=1)
    stripe_timeout_s: int = option(15, "Seconds until a call to Stripe counts as unknown", low=1)
    lease_s: int = option(120, "Seconds a worker may hold a payment attempt", low=1)
    charge_threads: int = option(64, "Stripe calls in flight in one process", low=1, high=512)

    mail_backend: Literal["file", "smtp", "console"] = option("file", "Where mail goes")
    mail_dir: Path = option(Path("mail"), "Folder of mail files, under var_dir if relative")
    mail_from: str = option("Taper <studio@localhost>", "Sender of all mail")
    mail_attaches: bool = option(True, "Whether receipts bring their PDF along, not a link alone")
    smtp_host: str = option("", "Mail server")
    smtp_port: int = option(587, "Mail server's port", low=1, high=65535)
    smtp_user: str = option("", "Mail server's user; blank: none")
    smtp_password: Secret | None = option(None, "Mail server's password")
    smtp_security: Literal["starttls", "tls", "none"] = option("starttls", "How mail is encrypted")

    log_format: Literal["pretty", "json"] = option("pretty", "How log lines look")
    log_level: Literal["debug", "info", "warning", "error"] = option("info", "Least level logged")
    metrics_token: Secret | None = option(None, "Bearer token of /metrics; unset: loopback only")
    catch_up_days: int = option(7, "Days of downtime made good alone; more waits for a person")
    worker_concurrency: int = option(4, "Jobs a worker runs at once", low=1, high=64)
    debug: bool = option(False, "Show tracebacks; never outside development")
    testing: bool = option(False, "Set by the tests")

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is SQLite."""
        return self.database_url.startswith("sqlite")

    @property
    def mail_path(self) -> Path:
        """Absolute folder of the file mail backend."""
        return self.var_dir / self.mail_dir

    @property
    def stripe_keys(self) -> dict[str, str]:
        """The key of every Stripe account that has one, by name; the main one comes first."""
        main = {MAIN_ACCOUNT: self.stripe_api_key.reveal()} if self.stripe_api_key else {}
        return main | dict(check.named(secret.reveal()) for secret in self.stripe_accounts)

    def webhook_secrets_of(self, account: str) -> list[str]:
        """What may have signed a letter of this account."""
        given = [secret.reveal() for secret in self.stripe_webhook_secrets]
        return [
            secret for name, secret in map(check.named, given) if (name or MAIN_ACCOUNT) == account
        ]

    def shown(self) -> dict[str, str]:
        """Every setting as text fit for a screen: secrets as asterisks."""
        return {
            f.name: "********" if f.metadata["hide"] and getattr(self, f.name) else str(value)
            for f in dataclasses.fields(self)
            for value in [getattr(self, f.name)]
        }


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
        ("stripe_accounts", bool(key) and MAIN_ACCOUNT in names, "name the main account again"),
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
