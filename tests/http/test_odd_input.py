"""Anything may be typed anywhere: every route answers it, in words, and nothing breaks."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator

import pytest

from billing.gateway.letters import BadLetter, open_letter
from tests.http.world import HTTPS, World, armoured

ODD = [
    b"", b" \t ", b"\x00", b"\xff\xfe", b"\xed\xa0\x80", "\u202etxt.exe".encode(),
    b"<script>alert(1)</script>", b"=HYPERLINK(\"http://x\")", b"{{7*7}}", b"'; DROP TABLE x; --",
    b"-1", b"0.001", b"1e400", b"NaN", "１２３".encode(), b"9" * 5000, b"x" * 100_000,
    b"2026-02-30", b"0001-01-01", b"9999-12-31", b"2027-03-14T02:30", b"a\r\nBcc: b@c.de",
    b"../../etc/passwd", b"4242 4242 4242 4242", "é".encode(), "e\u0301".encode(), "🦊".encode(),
]  # fmt: skip
FIELDS = [
    "email", "password", "password_confirm", "new_password", "name", "phone", "location", "choice",
    "consent", "signed_name", "agree", "member_id", "request_key", "q", "next", "code", "which",
    "setup", "remember", "page", "from", "to", "session_id", "left",
]  # fmt: skip
SIGNED = ("webhooks.stripe", "webhooks.stripe_of")
WHO = {"public": "nobody", "signed_in": "owner", "member": "ana", "staff": "manager.sea"}


def _routes(world: World, method: str) -> Iterator[tuple[str, str]]:
    """Every address that takes this method, with somebody who may open it."""
    address = world.app.url_map.bind("localhost")
    for rule in world.app.url_map.iter_rules():
        if method in (rule.methods or ()) and rule.endpoint not in SIGNED:
            values = {name: world.known.ids.get(name, "nothing") for name in rule.arguments}
            view = world.app.view_functions[rule.endpoint]
            actor = WHO[view.__taper_access__.kind]  # type: ignore[attr-defined]
            yield actor, str(address.build(rule.endpoint, values, method=method))


def _encoded(value: bytes, fields: list[str]) -> str:
    text = "".join(f"%{byte:02x}" for byte in value)
    return "&".join(f"{field}={text}" for field in fields)


# By day every route meets a quarter of what is odd, its neighbour the next quarter; by night all.
SHARES = [pytest.param(4, id="some"), pytest.param(1, id="all", marks=pytest.mark.nightly)]


@pytest.mark.long
@pytest.mark.parametrize("share", SHARES)
def test_any_query_is_answered_by_every_page(share: int, world: World) -> None:
    browsers = {actor: world.browser(actor) for actor in WHO.values()}
    for n, (actor, path) in enumerate(_routes(world, "GET")):
        for value in ODD[n % share :: share]:
            if len(value) < 6000:
                answer = browsers[actor].get(f"{path}?{_encoded(value, FIELDS)}")
                assert b"<script>alert(1)" not in answer.data, path


@pytest.mark.long
@pytest.mark.parametrize("share", SHARES)
def test_any_form_is_answered_by_every_route_that_takes_one(share: int, world: World) -> None:
    for n, (actor, path) in enumerate(_routes(world, "POST")):
        browser = world.browser(actor)  # signing out is one of the routes
        token = browser.token()
        for value in ODD[n % share :: share]:
            answer = browser.client.post(
                path,
                base_url=HTTPS,
                data=f"csrf_token={token}&{_encoded(value, FIELDS)}",
                content_type="application/x-www-form-urlencoded",
                headers={"Referer": HTTPS + "/"},
            )
            armoured(answer, f"{path} {value[:20]!r}")
            assert answer.status_code != 429, path
            assert b"<script>alert(1)" not in answer.data, path


def test_a_program_is_told_every_problem_at_once_and_where_it_lies(world: World) -> None:
    desk = world.browser("desk.sea")
    answer = desk.client.post(
        "/desk/visits",
        base_url=HTTPS,
        data={"csrf_token": desk.token(), "request_key": "\u202e", "location": "Sea", "odd": "1"},
        headers={"Referer": HTTPS + "/", "Accept": "application/json"},
    )
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert answer.json
    pointers = {problem["field"] for problem in answer.json["errors"]}
    assert pointers == {"/member_id", "/request_key", "/location", "/odd"}
    document = desk.client.get("/manage/revenue.json", base_url=HTTPS)
    assert (document.status_code, document.mimetype) == (403, "application/problem+json")
    owner = world.browser("owner")
    months = owner.get("/manage/revenue.json?from=2027-13&to=")
    assert (months.status_code, months.mimetype) == (422, "application/problem+json")
    assert months.json
    assert [problem["field"] for problem in months.json["errors"]] == ["/from"]


@pytest.mark.parametrize(
    "cookie", ["x", "", "e30.aa.bb", "\x7f\x01", "." * 100, "x" * 3000, ".eJw.aaaa.bbbb"]
)
def test_a_cookie_that_is_none_of_ours_counts_as_none(world: World, cookie: str) -> None:
    client = world.app.test_client()
    for name in ("__Host-taper", "__Host-remember"):
        headers = {"Cookie": f"{name}={cookie}"}
        answer = client.get("/invoices", base_url=HTTPS, headers=headers)
        assert armoured(answer, "/invoices").status_code == 302
        assert armoured(client.get("/join/sign", base_url=HTTPS, headers=headers), "/join/sign")


GOOD = b'{"id": "evt_1", "type": "x", "data": {"object": {"id": "pi_1", "metadata": {"a": "b"}}}}'
DEEP = b'{"a":' * 10_000 + b"1" + b"}" * 10_000
LETTERS = [
    b"", b"null", b"[]", b"{}", b'"x"', b"{", b"\xff", b"[" * 10_000 + b"]" * 10_000, DEEP,
    b'{"id": "evt\\u0000", "type": "x", "data": {"object": {"id": "pi_1"}}}',
    b'{"id": 5, "type": "x", "data": {"object": {"id": "pi_1"}}}',
    b'{"id": "e", "type": "x", "data": {"object": []}}',
    b'{"id": "e", "type": "x", "data": {"object": {"id": "pi_1", "metadata": ["a"]}}}',
    b'{"id": "e", "type": "x", "data": {"object": {"id": "p", "metadata": {"a": "\\ud800"}}}}',
    b'{"id": "e", "type": "x", "created": 1e400, "data": {"object": {"id": "pi_1"}}}',
    b'{"id": "e", "type": "x", "created": NaN, "data": {"object": {"id": "pi_1"}}}',
    b'{"id": "' + b"x" * 5000 + b'", "type": "x", "data": {"object": {"id": "pi_1"}}}',
]  # fmt: skip


def _signature(body: bytes) -> str:
    signed = hmac.new(b"whsec", b"1000." + body, hashlib.sha256).hexdigest()
    return f"t=1000,v1={signed}"


def test_a_letter_that_is_none_is_refused_though_it_is_signed() -> None:
    letter = open_letter(GOOD, _signature(GOOD), secrets=["old", "whsec"], now_s=1000)
    assert (letter.id, letter.payload["metadata"]) == ("evt_1", {"a": "b"})
    for body in LETTERS:
        with pytest.raises(BadLetter):
            open_letter(body, _signature(body), secrets=["whsec"], now_s=1000)


@pytest.mark.parametrize(
    "signature",
    [None, "", "t=1000", "v1=00", ",,,", "t=1000,v1=\xe9", "t=" + "9" * 5000 + ",v1=00",
     "t=1e3,v1=00", "t=-1000,v1=00", "t=1000,v0=" + _signature(GOOD)[10:], "=,=,=",
     "t=1000,v1=00," * 5000],
)  # fmt: skip
def test_a_signature_that_is_none_is_refused(signature: str | None) -> None:
    with pytest.raises(BadLetter):
        open_letter(GOOD, signature, secrets=["whsec"], now_s=1000)
