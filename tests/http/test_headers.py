"""What every answer carries, and how each kind of error looks to a person and to a program."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.browser.kit_app import kit_app


@pytest.fixture
def app() -> Flask:
    return kit_app()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def _policy(value: str) -> dict[str, list[str]]:
    parts = (part.split() for part in value.split(";"))
    return {name: sources for name, *sources in parts}


@pytest.mark.parametrize("path", ["/", "/form", "/error/404", "/error/500", "/no/such/page"])
def test_every_page_and_every_error_forbids_what_is_not_ours(
    client: FlaskClient, path: str
) -> None:
    answer = client.get(path)
    policy = _policy(answer.headers["Content-Security-Policy"])
    assert policy["default-src"] == ["'none'"]
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["object-src"] == ["'none'"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    [nonce] = policy["script-src"]
    assert set(re.findall(r'nonce="([^"]+)"', answer.text)) == {nonce[len("'nonce-") : -1]}
    assert " style=" not in answer.text
    assert not re.search(r"\son\w+=", answer.text)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in answer.headers["Permissions-Policy"]


def test_a_nonce_is_never_used_twice(client: FlaskClient) -> None:
    seen = {client.get("/").headers["Content-Security-Policy"] for _ in range(5)}
    assert len(seen) == 5


def test_every_script_and_style_comes_from_our_own_host(client: FlaskClient) -> None:
    page = client.get("/report").text
    addresses = re.findall(r'(?:src|href)="([^"#]+)', page)
    assert addresses
    assert all(a.startswith("/") and not a.startswith("//") for a in addresses)


def test_a_form_may_lead_to_the_card_vendors_page_and_nowhere_else(client: FlaskClient) -> None:
    policy = _policy(client.get("/form").headers["Content-Security-Policy"])
    assert policy["form-action"] == ["'self'", "https://checkout.stripe.com"]


def test_a_form_may_lead_to_a_stand_in_where_the_operator_names_one(app: Flask) -> None:
    app.config["CHECKOUT_ORIGINS"] = ("http://127.0.0.1:9000",)
    policy = _policy(app.test_client().get("/form").headers["Content-Security-Policy"])
    assert policy["form-action"] == ["'self'", "http://127.0.0.1:9000"]


def test_strict_transport_is_asked_for_over_tls_only(client: FlaskClient) -> None:
    assert "Strict-Transport-Security" not in client.get("/").headers
    assert "Strict-Transport-Security" in client.get("/", base_url="https://localhost").headers


def test_an_asset_is_kept_for_a_year_under_its_version_and_checked_without_it(
    client: FlaskClient,
) -> None:
    match = re.search(r'href="(/assets/app\.css\?v=\w+)"', client.get("/").text)
    assert match
    kept = client.get(match[1])
    assert kept.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert client.get("/assets/app.css").headers["Cache-Control"] == "public, no-cache"
    assert client.get("/assets/app.css?v=old").headers["Cache-Control"] == "public, no-cache"


@pytest.mark.parametrize("name", ["app.py", "..%2Fapp.py", "%2e%2e/config/http.py", "bootstrap"])
def test_no_other_file_can_be_had_through_the_assets(client: FlaskClient, name: str) -> None:
    assert client.get(f"/assets/{name}").status_code == 404


def test_the_session_cookie_belongs_to_this_host_alone(client: FlaskClient) -> None:
    cookie = client.get("/form").headers["Set-Cookie"]
    assert cookie.startswith("__Host-taper=")
    assert "Secure" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/;" in cookie + ";"
    assert "Domain" not in cookie


def test_a_form_without_the_pages_token_is_refused_and_says_why(client: FlaskClient) -> None:
    answer = client.post("/form", data={"name": "Anna", "email": "anna@example.com"})
    assert answer.status_code == 400
    assert "open too long" in answer.text


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 422, 429, 500, 503])
def test_each_error_is_a_page_in_the_same_look_and_a_document_for_a_program(
    client: FlaskClient, status: int
) -> None:
    page = client.get(f"/error/{status}")
    assert page.status_code == status
    assert page.mimetype == "text/html"
    assert "Start page" in page.text
    document = client.get(f"/error/{status}", headers={"Accept": "application/json"})
    assert document.status_code == status
    assert document.mimetype == "application/problem+json"
    assert document.json
    assert document.json["status"] == status
    assert {"type", "title", "detail", "code"} <= document.json.keys()


def test_our_own_refusal_is_a_sentence_on_a_page(client: FlaskClient) -> None:
    answer = client.get("/missing")
    assert answer.status_code == 404
    assert "There is no such invoice." in answer.text


def test_a_wrong_field_is_named_by_a_pointer(client: FlaskClient) -> None:
    answer = client.get("/api/v1/broken")
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert answer.json
    assert answer.json["errors"] == [
        {"field": "/price", "code": "not_whole", "message": "Whole cents, please."}
    ]


def test_a_wrong_method_still_says_which_ones_are_right(client: FlaskClient) -> None:
    answer = client.delete("/api/v1/broken")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]
    assert answer.mimetype == "application/problem+json"


def test_a_crash_tells_a_stranger_nothing(app: Flask) -> None:
    @app.get("/crash")
    def crash() -> str:
        raise RuntimeError("the password of the database is hunter2")

    answer = app.test_client().get("/crash")
    assert answer.status_code == 500
    assert "hunter2" not in answer.text
    assert "Nothing of yours was lost" in answer.text


def test_an_unknown_host_is_not_served(app: Flask) -> None:
    app.config["TRUSTED_HOSTS"] = ["localhost"]
    answer = app.test_client().get("/", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert "evil.example" not in answer.text
    assert "Content-Security-Policy" in answer.headers
    assert app.test_client().get("/").status_code == 200


@pytest.mark.parametrize("path", ["/%00", "/?q=%00", "/?q=a%00b"])
def test_a_nul_in_an_address_is_refused(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 400


def test_a_body_beyond_all_reason_is_refused(client: FlaskClient) -> None:
    answer = client.post("/form", data={"name": "x" * 10_000_000})
    assert answer.status_code == 413
