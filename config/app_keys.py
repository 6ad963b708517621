"""The keys under which Flask and its extensions look for what the settings say."""

from __future__ import annotations

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from config import engines, http
from config.secret import Secret
from config.settings import STRIPE_API, Settings


def configure(app: Flask, settings: Settings) -> None:
    """Give the application its keys, its settings, and the proxies in front of it."""
    sandbox = () if settings.stripe_api_base == STRIPE_API else (settings.stripe_api_base,)
    app.config.update(
        TESTING=settings.testing,
        DEBUG=settings.debug,
        SECRET_KEY=_revealed(settings.secret_key),
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engines.options(settings.database_url),
        TRUSTED_HOSTS=list(settings.trusted_hosts),
        CHECKOUT_ORIGINS=(http.STRIPE_CHECKOUT, *sandbox),
        GROUP_NAME=settings.group_name,
        DEFAULT_LOCALE=settings.default_locale,
    )
    app.extensions["taper.settings"] = settings
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)


def _revealed(secret: Secret | None) -> str:
    assert secret is not None, "a start keeps every own secret"
    return secret.reveal()
