"""Signing in: what a stranger learns (nothing), what staff must show, what is slowed down."""

from __future__ import annotations

import re
import threading

import pytest
from flask_security.proxies import _security
from flask_security.utils import hash_password

from config.db import db, transaction
from config.errors import Invalid, Refused, Unavailable
from config.models import OutboxMessage
from locations import people
from locations import sign_in as signing_in
from locations.models import Account
from tests.locations.conftest import HTTPS, NOW, PASSWORD, post


def test_member_signs_in_with_any_capitals_and_lands_at_home(app, hire):
    hire("mira")
    browser = app.test_client()
    answer = post(browser, "/login", email="Mira@Studio.Example", password=PASSWORD)
    assert answer.headers["Location"].endswith("/account/start")
    assert browser.get("/account/start", base_url=HTTPS).headers["Location"] == "/"


@pytest.mark.parametrize(("role", "home"), [("owner", "/manage"), ("desk", "/desk")])
def test_staff_land_where_they_work(studios, hire, sign_in, role, home):
    hire("sam", role, studios.sea if role == "desk" else None)
    browser = sign_in("sam")
    assert browser.get("/account/start", base_url=HTTPS).headers["Location"] == home


def test_wrong_password_unknown_address_and_disabled_account_get_the_same_answer(app, hire):
    hire("mira")
    gone = hire("gone")
    with transaction():
        gone = db.session.get_one(Account, gone.id)
        gone.active = False
    pages = []
    for email, password in (
        ("mira@studio.example", "not her password"),
        ("nobody@studio.example", PASSWORD),
        ("gone@studio.example", "not the password"),
    ):
        answer = post(app.test_client(), "/login", email=email, password=password)
        pages.append((answer.status_code, _without_the_typed(answer.text, email)))
    assert pages[0] == pages[1] == pages[2]
    assert pages[0][0] == 200


def test_unknown_address_costs_a_hash_like_a_known_one(app, hire, monkeypatch):
    hire("mira")
    counted = []
    context = _security.pwd_context._context
    monkeypatch.setattr(
        _security.pwd_context, "_context", _Counting(context, counted), raising=True
    )
    for email in ("mira@studio.example", "nobody@studio.example"):
        counted.clear()
        post(app.test_client(), "/login", email=email, password="wrong wrong wrong")
        assert len(counted) == 1


def test_password_is_kept_as_argon2id(hire):
    assert hire("mira").password.startswith("$argon2id$")


def test_sign_in_without_its_token_is_refused(app, hire):
    hire("mira")
    answer = app.test_client().post(
        "/login", base_url=HTTPS, data={"email": "mira@studio.example", "password": PASSWORD}
    )
    assert answer.status_code == 400


def test_signing_out_is_a_post_and_ends_the_session(hire, sign_in):
    hire("mira")
    browser = sign_in("mira")
    assert browser.get("/logout", base_url=HTTPS).status_code == 405
    assert post(browser, "/logout").status_code == 302
    assert "/login" in browser.get("/account/start", base_url=HTTPS).headers["Location"]


def test_a_new_password_ends_every_other_session(hire, sign_in):
    mira = hire("mira")
    browser = sign_in("mira")
    with transaction():
        people.set_password(db.session.get_one(Account, mira.id), "another good password")
    assert "/login" in browser.get("/account/start", base_url=HTTPS).headers["Location"]


def test_sixth_guess_within_a_minute_is_slowed_down(app, hire):
    hire("mira")
    answers = [
        post(app.test_client(), "/login", email="mira@studio.example", password=f"guess no {n}")
        for n in range(6)
    ]
    assert [a.status_code for a in answers] == [200] * 5 + [429]
    assert int(answers[-1].headers["Retry-After"]) <= 60


def test_more_hashes_at_once_than_places_wait_and_then_are_told_so(app, monkeypatch):
    monkeypatch.setattr(signing_in, "_LONGEST_WAIT_S", 0.05)
    capped = _security.pwd_context
    taken = [capped._places.acquire() for _ in range(signing_in.HASHES_AT_ONCE)]
    assert all(taken)
    with pytest.raises(Unavailable):
        hash_password("a good long password")
    capped._places.release()
    assert hash_password("a good long password").startswith("$argon2id$")


def test_no_more_hashes_are_computed_at_once_than_there_are_places():
    gate, most, now, lock = threading.Event(), [0], [0], threading.Lock()

    class Slow:
        def hash(self, secret: str) -> str:
            with lock:
                now[0] += 1
                most[0] = max(most[0], now[0])
            gate.wait(0.1)
            with lock:
                now[0] -= 1
            return secret

    capped = signing_in.CappedHashing(Slow())
    threads = [threading.Thread(target=capped.hash, args=("x",)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most[0] == signing_in.HASHES_AT_ONCE


def test_forgotten_password_answers_a_stranger_alike_and_writes_a_letter_only_to_a_member(
    app, hire
):
    hire("mira")
    answers = []
    for email in ("mira@studio.example", "nobody@studio.example"):
        browser = app.test_client()
        page = browser.get("/reset", base_url=HTTPS).text
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]
        answer = browser.post(
            "/reset",
            base_url=HTTPS,
            data={"csrf_token": token, "email": email},
            headers={"Referer": HTTPS},
        )
        answers.append((answer.status_code, answer.headers.get("Location")))
    assert answers[0] == answers[1]
    db.session.rollback()
    letters = db.session.query(OutboxMessage).all()
    assert [letter.to_address for letter in letters] == ["mira@studio.example"]
    assert "/reset/" in letters[0].context["body"]


@pytest.mark.parametrize("password", ["short", "", "x" * 2000])
def test_weak_or_endless_password_is_named_as_the_field_to_mend(app, password):
    with pytest.raises(Invalid) as refused, transaction():
        people.create_account(email="a@studio.example", name="A", password=password, now=NOW)
    assert [problem.field for problem in refused.value.fields] == ["/password"]


@pytest.mark.parametrize(
    "email",
    ["", "no", "a@b@c.example", "a\x00@studio.example", "a b@studio.example", "a@\u202e.example"],
)
def test_address_that_is_none_is_refused(app, email):
    with pytest.raises(Invalid) as refused, transaction():
        people.create_account(email=email, name="A", password=None, now=NOW)
    assert refused.value.fields[0].field == "/email"


def test_one_account_per_address_whatever_its_capitals(app, hire):
    hire("mira")
    with pytest.raises(Refused) as refused, transaction():
        people.create_account(email="MIRA@studio.example", name="A", password=None, now=NOW)
    assert refused.value.code == "account_exists"
    assert "member" not in refused.value.message


def _without_the_typed(page: str, email: str) -> str:
    page = page.replace(email, "")
    return re.sub(r'(nonce|value)="[^"]*"', "", page)


class _Counting:
    """The real password context, with each costly call counted."""

    def __init__(self, context, calls):
        self._context, self._calls = context, calls

    def hash(self, *args, **kwargs):
        self._calls.append("hash")
        return self._context.hash(*args, **kwargs)

    def verify(self, *args, **kwargs):
        self._calls.append("verify")
        return self._context.verify(*args, **kwargs)

    def __getattr__(self, name):
        return getattr(self._context, name)
