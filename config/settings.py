"""What an operator may set: by `TAPER_*` variables, or in a TOML file named by TAPER_CONFIG.

A variable wins over the file; secrets never show. `config.settings_loading` reads them.
"""

# ruff: noqa: RUF009 - option() is dataclasses.field() under a shorter name

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from config import settings_checks as check
from config.secret import Secret
from config.settings_text import option

STRIPE_API = "https://api.stripe.com"
MAIN_ACCOUNT = "default"  # whose key and secrets stand in the settings without a name


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Every setting, typed, with its default and what it is for."""

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
