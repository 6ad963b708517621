"""What holds for every request and every answer: CSRF, cookies, hosts, sizes, headers, errors."""

from __future__ import annotations

from flask import Flask, Response, abort, current_app, request
from flask_wtf.csrf import CSRFProtect
from secure import Secure
from secure.headers import (
    ContentSecurityPolicy,
    CrossOriginOpenerPolicy,
    CrossOriginResourcePolicy,
    PermissionsPolicy,
    ReferrerPolicy,
    StrictTransportSecurity,
    XContentTypeOptions,
    XFrameOptions,
)

from config.pages import csp_nonce
from config.problems import PROGRAMS, init_problems

MOST_BODY_BYTES = 2 * 1024 * 1024
MOST_FORM_BYTES = 256 * 1024
STRIPE_CHECKOUT = "https://checkout.stripe.com"
_NOT_USED = ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")

csrf = CSRFProtect()


def init_http(app: Flask) -> None:
    """Guard an application. Reads of its config:

    - `TRUSTED_HOSTS` (list, or None where any host may call): others are answered 400;
    - `CHECKOUT_ORIGINS` (origins): where a form of ours may lead besides our own pages, namely
      the card vendor's hosted page; a browser applies `form-action` to redirects as well.

    Call it before Flask-Security, so that CSRF is looked at first, and call
    `config.problems.init_problems` once more after an API extension that sets its own handler.
    """
    _set_cookies(app)
    app.config.setdefault("CHECKOUT_ORIGINS", (STRIPE_CHECKOUT,))
    app.config["MAX_CONTENT_LENGTH"] = app.config.get("MAX_CONTENT_LENGTH") or MOST_BODY_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = MOST_FORM_BYTES
    # The token lives as long as the session: a form left open over lunch still works.
    app.config.setdefault("WTF_CSRF_TIME_LIMIT", None)
    csrf.init_app(app)
    app.before_request(_refuse_unreadable)
    app.after_request(_set_headers)
    init_problems(app)


def content_security_policy(nonce: str, *, form_targets: tuple[str, ...]) -> ContentSecurityPolicy:
    """Scripts, styles and pictures of our own only; nothing inline without this nonce."""
    return (
        ContentSecurityPolicy()
        .default_src("'none'")
        .script_src(f"'nonce-{nonce}'")
        .script_src_attr("'none'")
        .style_src("'self'", f"'nonce-{nonce}'")
        .style_src_attr("'none'")
        # Bootstrap draws its ticks and arrows, and the sign-in code its square, as data:.
        .img_src("'self'", "data:")
        .font_src("'self'")
        .connect_src("'self'")
        .manifest_src("'self'")
        .form_action("'self'", *form_targets)
        .frame_ancestors("'none'")
        .base_uri("'none'")
        .object_src("'none'")
    )


def _set_cookies(app: Flask) -> None:
    # The prefix makes a browser refuse the cookie unless it is Secure, for this host alone and
    # for every path; Chromium grants all that to http on loopback too.
    app.config.update(
        SESSION_COOKIE_NAME="__Host-taper",
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        SESSION_COOKIE_DOMAIN=None,
        REMEMBER_COOKIE_NAME="__Host-remember",
        REMEMBER_COOKIE_SECURE=True,
        REMEMBER_COOKIE_HTTPONLY=True,
        REMEMBER_COOKIE_SAMESITE="Lax",
        REMEMBER_COOKIE_PATH="/",
        REMEMBER_COOKIE_DOMAIN=None,
    )


def _refuse_unreadable() -> None:
    """Answer what no page of ours can read, before anything tries to.

    No address of ours holds a NUL, and a database driver would answer one with a crash. Pages
    take forms: the JSON that sign-in would read as well breaks it unless it is a flat object.
    """
    if "\x00" in request.path or b"%00" in request.query_string:
        abort(400, "The address holds a character that cannot be read.")
    if request.is_json and not request.path.startswith(PROGRAMS):
        abort(415, "This page takes a form.")


def _set_headers(answer: Response) -> Response:
    hardening = Secure(
        csp=content_security_policy(
            csp_nonce(), form_targets=tuple(current_app.config["CHECKOUT_ORIGINS"])
        ),
        coop=CrossOriginOpenerPolicy().same_origin(),
        corp=CrossOriginResourcePolicy().same_origin(),
        permissions=_no_devices(),
        # Not "no-referrer": CSRF over TLS compares the referrer with our own host.
        referrer=ReferrerPolicy().same_origin(),
        hsts=StrictTransportSecurity().max_age(31_536_000) if request.is_secure else None,
        xcto=XContentTypeOptions(),
        xfo=XFrameOptions().deny(),
    )
    hardening.set_headers(answer)  # pyright: ignore[reportArgumentType]
    if request.endpoint != "assets.serve" or answer.status_code >= 400:
        answer.headers["Cache-Control"] = "no-store"
    return answer


def _no_devices() -> PermissionsPolicy:
    policy = PermissionsPolicy()
    for name in _NOT_USED:
        policy = policy.add_directive(name)
    return policy
