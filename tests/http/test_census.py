"""Every route says who may open it, and every route that writes is guarded against forgery."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from locations.guard import Access
from locations.rules.permissions import ACTS

READS = {"GET", "HEAD", "OPTIONS"}
KINDS = {"public", "signed_in", "member", "staff"}
# What anybody may open, by the reason; whatever is public and not here is a mistake.
OPEN = {
    "assets.": "stylesheets and scripts hold nothing of anybody's",
    "bootstrap.": "the vendor's own stylesheets",
    "metrics.": "guards itself: a token, or this machine alone",
    "security.": "signing in comes before being signed in",
    "webhooks.": "a letter proves itself by its signature",
    "join.": "a stranger becomes a member here",
    "own.decline": "a link in a mail, sealed for this one act",
    "own.no_plan": "the same link's button",
    "own.stay": "a link in a mail, sealed for this one act",
    "own.keep_plan": "the same link's button",
    "own.health_policy": "the law wants the policy on health data where anybody can read it",
    "phone.": "the link is the key: sealed for one sale at the desk, and it names nobody",
    "sandbox.": "the way back from the hosted page",
}
UNFORGEABLE = {"webhooks.stripe", "webhooks.stripe_of"}  # signed by Stripe, sent by no browser


def routes(app: Flask) -> Iterator[tuple[Rule, Access | None]]:
    """Every route with its declared access."""
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        yield rule, getattr(view, "__taper_access__", None)


def undeclared(app: Flask) -> list[str]:
    """Endpoints that do not say who may open them."""
    return [rule.endpoint for rule, access in routes(app) if access is None]


def test_every_route_declares_who_may_open_it(app: Flask) -> None:
    assert undeclared(app) == []
    assert len(list(routes(app))) > 30


def test_a_route_without_a_declaration_is_found(app: Flask) -> None:
    app.view_functions["stray"] = lambda: "open to all"
    app.url_map.add(Rule("/stray", endpoint="stray"))
    assert undeclared(app) == ["stray"]


def test_every_declaration_is_a_known_one(app: Flask) -> None:
    for rule, access in routes(app):
        assert access is not None
        assert access.kind in KINDS, rule.endpoint
        if access.kind == "staff":
            assert access.act in ACTS, rule.endpoint
            assert access.at in ("location", "group", "any"), rule.endpoint
        if access.at == "location":
            assert "slug" in rule.arguments, rule.endpoint


def test_what_is_public_is_public_for_a_reason(app: Flask) -> None:
    for rule, access in routes(app):
        if access is not None and access.kind == "public":
            assert rule.endpoint.startswith(tuple(OPEN)), rule.endpoint


def test_stranger_is_shown_nothing_that_is_not_public(app: Flask, client: FlaskClient) -> None:
    tried = 0
    for rule, access in routes(app):
        if access is None or access.kind == "public" or "GET" not in (rule.methods or ()):
            continue
        address = _address(app, rule)
        answer = client.get(address, base_url="https://localhost")
        assert answer.status_code in (302, 401, 403, 404), f"{address}: {answer.status_code}"
        if answer.status_code == 302:
            assert "/login" in answer.headers["Location"], address
        tried += 1
    assert tried >= 8


def test_every_write_needs_the_token_of_a_page(app: Flask, client: FlaskClient) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    tried = 0
    for rule, _access in routes(app):
        if rule.endpoint in UNFORGEABLE:
            continue
        for method in sorted((rule.methods or set()) - READS):
            answer = client.open(
                _address(app, rule), method=method, base_url="https://localhost", data={"a": "b"}
            )
            assert answer.status_code == 400, f"{method} {rule.rule}: {answer.status_code}"
            assert b"open too long" in answer.data or b"page_expired" in answer.data, rule.rule
            tried += 1
    assert tried >= 8


@pytest.mark.parametrize("path", ["/%00", "/?a=%00", "/no/such/page", "/../etc/passwd"])
def test_an_address_that_does_not_exist_is_answered_calmly(client: FlaskClient, path: str) -> None:
    answer = client.get(path, base_url="https://localhost")
    assert answer.status_code in (400, 404)
    assert "Content-Security-Policy" in answer.headers


def _address(app: Flask, rule: Rule) -> str:
    """An address of the route with made-up arguments."""
    made_up = {
        "UUIDConverter": "01890000-0000-7000-8000-000000000000",
        "IntegerConverter": 1,
    }
    values = {
        name: made_up.get(type(rule._converters[name]).__name__, "nothing")
        for name in rule.arguments
    }
    built = app.url_map.bind("localhost").build(rule.endpoint, values)
    return str(built)
