"""Signing in: Flask-Security with our own accounts, second factors for staff, and brakes.

Answers about an unknown address, a wrong password and a disabled account look alike and take
alike long. Costly hashes are computed a few at a time, so that a flood of guesses cannot take
the memory of the studio's whole machine.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from datetime import timedelta
from hashlib import sha256
from typing import Any, cast

from flask import Blueprint, Flask, redirect, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_security.core import Security
from werkzeug.wrappers import Response

from config.db import db
from config.secret import Secret
from config.settings import Settings
from locations import guard
from locations.guard import Access, current_grants, declare, signed_in
from locations.models import Account
from locations.sign_in import AccountStore, CappedHashing, OutboxMail

_TRIES_PER_ADDRESS = "5 per minute; 40 per hour"
_TRIES_PER_CALLER = "30 per minute"
# Vendor's pages that exist only after sign-in; the rest are how one signs in.
_AFTER_SIGN_IN = {"change_password", "two_factor_setup", "verify", "mf_recovery_codes"}
_GUESSABLE = ("login", "forgot_password", "reset_password", "verify", "mf_recovery")
_GUESSABLE += ("two_factor_token_validation", "two_factor_setup_validate", "two_factor_rescue")

blueprint = Blueprint("account", __name__, url_prefix="/account")


@blueprint.get("/start")
@signed_in
def start() -> Response:
    """Where somebody belongs after signing in."""
    roles = {grant.role for grant in current_grants()}
    if roles & {"owner", "manager", "accountant"}:
        return redirect("/manage")
    return redirect("/desk" if roles else "/")


def init_accounts(app: Flask, settings: Settings) -> None:
    """Set up sign-in. Call it after `config.http.init_http`, so that CSRF is looked at first."""
    assert settings.security_password_salt is not None, "a start keeps every own secret"
    assert settings.totp_secret is not None, "a start keeps every own secret"
    app.config.update(
        SECURITY_PASSWORD_SALT=settings.security_password_salt.reveal(),
        SECURITY_TOTP_SECRETS={"1": settings.totp_secret.reveal()},
        SECURITY_TOTP_ISSUER=settings.group_name,
        SECURITY_MULTI_FACTOR_RECOVERY_CODES_KEYS=[_recovery_key(settings.totp_secret)],
        SECURITY_EMAIL_SENDER=settings.mail_from,
        STAFF_SECOND_FACTOR=settings.staff_second_factor,
        **_POLICY,
    )
    if settings.testing:
        # The same algorithm at its least cost: tests sign in often and prove nothing by waiting.
        app.config["SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS"] = {
            "argon2__time_cost": 1,
            "argon2__memory_cost": 64,
            "argon2__parallelism": 1,
        }
    people = AccountStore(db, Account, None)  # pyright: ignore[reportArgumentType]
    security = Security(app, people, mail_util_cls=OutboxMail)
    security.pwd_context = CappedHashing(security.pwd_context)  # pyright: ignore
    # Nobody signs in by a token; to look for one, the vendor would parse whatever JSON is sent.
    app.login_manager.request_loader(_nobody)  # pyright: ignore[reportAttributeAccessIssue]
    app.register_blueprint(blueprint)
    app.jinja_env.globals["may_open"] = guard.may_open
    _declare_vendor_views(app)
    _brake(app)


_POLICY: dict[str, Any] = {
    "SECURITY_STATIC_FOLDER": None,
    "SECURITY_PASSWORD_HASH": "argon2",
    "SECURITY_PASSWORD_LENGTH_MIN": 10,
    "SECURITY_JOIN_USER_ROLES": False,
    "SECURITY_RETURN_GENERIC_RESPONSES": True,
    "SECURITY_RECOVERABLE": True,
    "SECURITY_RESET_PASSWORD_WITHIN": timedelta(hours=1),
    "SECURITY_CHANGEABLE": True,
    "SECURITY_LOGOUT_METHODS": ["POST"],
    "SECURITY_LOGOUT_CSRF": True,
    "SECURITY_POST_LOGIN_VIEW": "/account/start",
    "SECURITY_POST_LOGOUT_VIEW": "/login",
    "SECURITY_TWO_FACTOR": True,
    "SECURITY_TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
    "SECURITY_TWO_FACTOR_ALWAYS_VALIDATE": True,
    "SECURITY_TWO_FACTOR_POST_SETUP_VIEW": "/account/start",
    # A mail that lets one in without the second factor would make it one factor again.
    "SECURITY_TWO_FACTOR_RESCUE_EMAIL": False,
    "SECURITY_MULTI_FACTOR_RECOVERY_CODES": True,
    "SECURITY_FRESHNESS": timedelta(hours=1),
    "SECURITY_API_ENABLED_METHODS": ["session"],
    "SECURITY_CLI_ROLES_NAME": False,
    "SECURITY_CLI_USERS_NAME": False,
    "SECURITY_EMAIL_HTML": False,
}


def _recovery_key(totp_secret: Secret) -> bytes:
    """What recovery codes are encrypted with: they open the same door as the authenticator."""
    return urlsafe_b64encode(sha256(b"recovery:" + totp_secret.reveal().encode()).digest())


def _nobody(_request: object) -> None:
    return None


def _declare_vendor_views(app: Flask) -> None:
    for endpoint, view in app.view_functions.items():
        if endpoint.startswith("security."):
            name = endpoint.removeprefix("security.")
            declare(view, Access("signed_in" if name in _AFTER_SIGN_IN else "public"))


def _brake(app: Flask) -> None:
    """Slow down guessing, by address and by caller. Kept per process: a brake, not a ban."""
    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://", headers_enabled=True)
    for name in _GUESSABLE:
        endpoint = f"security.{name}"
        view = app.view_functions.get(endpoint)
        if view is None:
            continue
        access = view.__taper_access__  # pyright: ignore[reportFunctionMemberAccess]
        slow = limiter.limit(_TRIES_PER_CALLER, methods=["POST"])(view)
        slow = limiter.limit(_TRIES_PER_ADDRESS, key_func=_tried_address, methods=["POST"])(slow)
        app.view_functions[endpoint] = declare(cast(Any, slow), access)


def _tried_address() -> str:
    return f"{get_remote_address()} {request.form.get('email', '').strip().lower()[:254]}"
