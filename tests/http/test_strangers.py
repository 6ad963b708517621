"""Whose thing it is decides: what is not yours answers exactly like what does not exist."""

from __future__ import annotations

from uuid import UUID, uuid4

from flask import Flask
from werkzeug.test import TestResponse

from tests.http.world import ACTORS, NAME, SIGNS_OUT, Browser, World, told, writes

LOGIN = 302
# What each actor is answered about a thing of Ana's, of Seattle, in the order of ACTORS:
# nobody, ana, bob, desk.sea, manager.sea, desk.boi, manager.boi, owner, accountant.
MATRIX = {
    "GET money.invoice": (LOGIN, 200, 404, 404, 404, 404, 404, 404, 404),
    "GET money.pay": (LOGIN, 409, 404, 404, 404, 404, 404, 404, 404),
    "POST money.pay_now": (LOGIN, 409, 404, 404, 404, 404, 404, 404, 404),
    "GET money.paid": (LOGIN, 303, 404, 404, 404, 404, 404, 404, 404),
    "GET money.left": (LOGIN, 303, 404, 404, 404, 404, 404, 404, 404),
    "GET join.welcome": (LOGIN, 200, 404, 404, 404, 404, 404, 404, 404),
    "POST join.again": (LOGIN, 303, 404, 404, 404, 404, 404, 404, 404),
    "POST portal.withdraw": (LOGIN, 302, 404, 404, 404, 404, 404, 404, 404),
    "POST own.note": (LOGIN, 422, 404, 404, 404, 404, 404, 404, 404),
    "GET leaving.pack_preview": (LOGIN, 200, 404, 404, 404, 404, 404, 404, 404),
    "POST leaving.pack_back": (LOGIN, 422, 404, 404, 404, 404, 404, 404, 404),
    "GET desk_leaving.cancel_page": (LOGIN, 403, 403, 200, 200, 404, 404, 200, 403),
    "POST desk_leaving.cancel": (LOGIN, 403, 403, 409, 409, 404, 404, 409, 403),
    "POST desk_leaving.undo": (LOGIN, 403, 403, 409, 409, 404, 404, 409, 403),
    "POST desk_leaving.note_exit": (LOGIN, 403, 403, 303, 303, 404, 404, 303, 403),
    "GET desk_leaving.exit_page": (LOGIN, 403, 403, 403, 200, 403, 404, 200, 403),
    "POST desk_leaving.grant_exit": (LOGIN, 403, 403, 403, 422, 403, 404, 422, 403),
    "POST desk_leaving.decline_exit": (LOGIN, 403, 403, 403, 303, 403, 404, 303, 403),
    "POST holding.erase": (LOGIN, 303, 404, 404, 404, 404, 404, 404, 404),
    "GET desk_changing.plan": (LOGIN, 403, 403, 409, 409, 404, 404, 409, 403),
    "POST desk_changing.change": (LOGIN, 403, 403, 422, 422, 404, 404, 422, 403),
    "GET desk_changing.home": (LOGIN, 403, 403, 200, 200, 404, 404, 200, 403),
    "POST desk_changing.move": (LOGIN, 403, 403, 422, 422, 404, 404, 422, 403),
    "GET desk_holding.page": (LOGIN, 403, 403, 303, 303, 404, 404, 303, 403),
    "POST desk_holding.ask": (LOGIN, 403, 403, 303, 303, 404, 404, 303, 403),
    "POST desk_holding.extend": (LOGIN, 403, 403, 303, 303, 404, 404, 303, 403),
    "POST desk_holding.come_back": (LOGIN, 403, 403, 303, 303, 404, 404, 303, 403),
    "POST desk_holding.call_off": (LOGIN, 403, 403, 303, 303, 404, 404, 303, 403),
    "POST desk_holding.note_medical": (LOGIN, 403, 403, 303, 303, 404, 404, 303, 403),
    "POST desk_holding.grant": (LOGIN, 403, 403, 403, 303, 403, 404, 303, 403),
    "POST desk_holding.decline": (LOGIN, 403, 403, 403, 303, 403, 404, 303, 403),
    "GET member_acts.done": (LOGIN, 403, 403, 200, 200, 404, 404, 200, 403),
    "POST member_acts.done_now": (LOGIN, 403, 403, 422, 422, 404, 404, 422, 403),
    "GET member_acts.extend": (LOGIN, 403, 403, 403, 200, 403, 404, 200, 403),
    "POST member_acts.extend_now": (LOGIN, 403, 403, 403, 422, 403, 404, 422, 403),
    "GET member_acts.leave": (LOGIN, 403, 403, 403, 200, 403, 404, 200, 403),
    "POST member_acts.give_leave": (LOGIN, 403, 403, 403, 422, 403, 404, 422, 403),
    "GET managing.failed_payment": (LOGIN, 403, 403, 403, 200, 403, 404, 200, 200),
    "GET managing.dispute_evidence": (LOGIN, 403, 403, 403, 200, 403, 404, 200, 403),
    "GET managing.dispute_bundle": (LOGIN, 403, 403, 403, 200, 403, 404, 200, 403),
    "POST managing.dispute_answer": (LOGIN, 403, 403, 403, 303, 403, 404, 303, 403),
    "POST managing.fraud_warning_looked_at": (LOGIN, 403, 403, 403, 303, 403, 404, 303, 403),
    "POST managing.dispute_noted": (LOGIN, 403, 403, 403, 303, 403, 404, 303, 403),
    "POST managing.end_promo": (LOGIN, 403, 403, 403, 403, 403, 403, 303, 403),
    "GET buying.invoice_pdf": (LOGIN, 200, 404, 404, 404, 404, 404, 404, 404),
    "GET buying.receipt_pdf": (LOGIN, 200, 404, 404, 404, 404, 404, 404, 404),
    "GET buying.credit_note": (LOGIN, 200, 404, 404, 404, 404, 404, 404, 404),
    "GET buying.credit_note_pdf": (LOGIN, 200, 404, 404, 404, 404, 404, 404, 404),
    "GET managing.invoice_pdf": (LOGIN, 403, 403, 200, 200, 404, 404, 200, 403),
    "GET managing.receipt_pdf": (LOGIN, 403, 403, 200, 200, 404, 404, 200, 403),
    "GET managing.credit_note_pdf": (LOGIN, 403, 403, 200, 200, 404, 404, 200, 403),
    "GET managing.run_page": (LOGIN, 403, 403, 403, 200, 403, 404, 200, 200),
    "POST managing.give_period": (LOGIN, 403, 403, 403, 422, 403, 404, 422, 403),
    "POST managing.release": (LOGIN, 403, 403, 403, 303, 403, 404, 303, 403),
    "GET managing.merge": (LOGIN, 403, 403, 403, 200, 403, 404, 200, 403),
    "POST managing.merge_now": (LOGIN, 403, 403, 403, 422, 403, 404, 422, 403),
    "GET desk_member.card": (LOGIN, 403, 403, 200, 200, 404, 404, 200, 403),
    "POST desk_member.note": (LOGIN, 403, 403, 303, 303, 404, 404, 303, 403),
    "GET desk_member.sell": (LOGIN, 403, 403, 422, 422, 404, 404, 422, 403),
    "POST desk_member.sell_now": (LOGIN, 403, 403, 422, 422, 404, 404, 422, 403),
    "GET desk_member.extra": (LOGIN, 403, 403, 303, 303, 404, 404, 303, 403),
    "POST desk_member.extra_now": (LOGIN, 403, 403, 422, 422, 404, 404, 422, 403),
    "GET desk_member.code": (LOGIN, 403, 403, 200, 200, 404, 404, 200, 403),
    "POST desk_member.undo_extra": (LOGIN, 403, 403, 303, 303, 404, 404, 303, 403),
    "GET desk_member.comp": (LOGIN, 403, 403, 403, 200, 403, 404, 200, 403),
    "POST desk_member.comp_now": (LOGIN, 403, 403, 403, 422, 403, 404, 422, 403),
    "GET desk_member.refund": (LOGIN, 403, 403, 200, 200, 404, 404, 200, 403),
    "GET desk_member.refund_of": (LOGIN, 403, 403, 200, 200, 404, 404, 200, 403),
    "POST desk_member.refund_now": (LOGIN, 403, 403, 422, 422, 404, 404, 422, 403),
    "GET desk_member.take": (LOGIN, 403, 403, 404, 404, 404, 404, 404, 403),
    "POST desk_member.take_now": (LOGIN, 403, 403, 404, 404, 404, 404, 404, 403),
    "GET desk_member.gift_card_sale": (LOGIN, 403, 403, 200, 200, 404, 404, 200, 403),
    "POST desk_member.sell_gift_card": (LOGIN, 403, 403, 422, 422, 404, 404, 422, 403),
    "GET desk_member.exempt": (LOGIN, 403, 403, 403, 200, 403, 404, 200, 403),
    "POST desk_member.exempt_now": (LOGIN, 403, 403, 403, 422, 403, 404, 422, 403),
    "POST desk_member.end_exemption": (LOGIN, 403, 403, 403, 422, 403, 404, 422, 403),
    "GET desk_member.credit": (LOGIN, 403, 403, 403, 200, 403, 404, 200, 403),
    "POST desk_member.give_credit": (LOGIN, 403, 403, 403, 422, 403, 404, 422, 403),
    "GET buying.pay_with_gift_card": (LOGIN, 409, 404, 404, 404, 404, 404, 404, 404),
    "POST buying.pay_with_gift_card_now": (LOGIN, 409, 404, 404, 404, 404, 404, 404, 404),
    "GET desk_member.past": (LOGIN, 403, 403, 403, 200, 403, 404, 200, 403),
    "POST desk_member.undo_later": (LOGIN, 403, 403, 403, 422, 403, 404, 422, 403),
    "GET prices.pack": (LOGIN, 403, 403, 200, 200, 200, 200, 200, 200),
    "POST prices.change_pack": (LOGIN, 403, 403, 403, 403, 403, 403, 422, 403),
    "GET prices.plan": (LOGIN, 403, 403, 200, 200, 200, 200, 200, 200),
    "POST prices.change_plan": (LOGIN, 403, 403, 403, 403, 403, 403, 422, 403),
    "GET prices.rise": (LOGIN, 403, 403, 403, 200, 403, 404, 200, 200),
    "POST prices.announce_rise": (LOGIN, 403, 403, 403, 403, 403, 403, 303, 403),
    "POST prices.call_off_rise": (LOGIN, 403, 403, 403, 403, 403, 403, 303, 403),
    "POST desk.undo": (LOGIN, 403, 403, 303, 303, 404, 404, 303, 403),
    "POST manager.take_role": (LOGIN, 403, 403, 403, 302, 403, 404, 302, 403),
}
# Opened by a seal that only the letter to its member carries: nobody can name another's.
SEALED = ("own.stay", "own.keep_plan", "own.decline", "own.no_plan")
# Files are nobody's, and a token or a signature proves itself.
NO_THINGS = ("assets.", "bootstrap.", "security.", "phone.", "webhooks.", *SEALED)


def _asked(
    browser: Browser, app: Flask, act: str, ids: dict[str, UUID], *, actor: str
) -> TestResponse:
    method, endpoint = act.split()
    rule = next(app.url_map.iter_rules(endpoint))
    values = {name: ids[name] for name in rule.arguments}
    path = str(app.url_map.bind("localhost").build(endpoint, values, method=method))
    if method == "GET":
        return browser.get(path)
    at = "boi" if actor.endswith(".boi") else "sea"
    return browser.post(path, **({"location": at} if endpoint == "desk.undo" else {}))


def _rightful(status: int) -> bool:
    return status not in (403, 404)


def test_a_thing_is_shown_to_whose_it_is_and_to_everybody_else_is_like_a_missing_one(
    world: World,
) -> None:
    assert _named(world.app) == MATRIX.keys()
    made_up = {name: uuid4() for name in world.known.ids}
    browsers = {actor: world.browser(actor) for actor in ACTORS}
    rightful: list[tuple[str, str, int]] = []
    for act, expected in MATRIX.items():
        for actor, status in zip(ACTORS, expected, strict=True):
            if actor != "nobody" and _rightful(status):
                rightful.append((act, actor, status))
                continue
            with writes() as written:
                found = _asked(browsers[actor], world.app, act, world.known.ids, actor=actor)
                missing = _asked(browsers[actor], world.app, act, made_up, actor=actor)
            assert (found.status_code, written) == (status, []), f"{act} as {actor}"
            assert missing.status_code == status, f"{act} as {actor}"
            if status == 404:
                assert told(found) == told(missing), f"{act} as {actor}"
            if status == LOGIN:
                assert found.headers["Location"].startswith("/login"), act
    # Last, because they do what they ask for; a role that one took away, another finds missing.
    taken: set[str] = set()
    for act, actor, status in rightful:
        answer = _asked(browsers[actor], world.app, act, world.known.ids, actor=actor)
        assert answer.status_code == (404 if act in taken else status), f"{act} as {actor}"
        taken |= {act} & {"POST manager.take_role"}


def test_no_page_of_one_studio_tells_of_the_people_of_another(world: World) -> None:
    shown = set()
    for actor in ("bob", "desk.boi", "manager.boi"):
        browser = world.browser(actor)
        for path in _pages(world.app):
            answer = browser.get(path)
            assert NAME not in answer.text, f"{path} as {actor}"
            assert "ana@example.com" not in answer.text, f"{path} as {actor}"
            assert "desk.sea@" not in answer.text, f"{path} as {actor}"
            if answer.status_code == 200:
                shown.add(f"{actor} {path}")
    assert shown >= {
        "bob /", "bob /invoices", "desk.boi /desk", "manager.boi /manage/revenue",
        "manager.boi /manage/staff",
    }  # fmt: skip
    assert NAME in world.browser("desk.sea").get("/desk").text


def test_another_studio_cannot_be_named_in_a_query_or_a_form_either(world: World) -> None:
    member, key = str(world.known.member_id), {"request_key": "k"}
    for actor in ("desk.boi", "manager.boi"):
        browser = world.browser(actor)
        here = {"location": "boi", "member_id": member, **key}
        there = here | {"location": "sea"}
        nowhere = here | {"location": "atlantis"}
        answers = [browser.post("/desk/visits", **form) for form in (here, there, nowhere)]
        answers += [browser.get(f"/desk?q=ana&location={slug}") for slug in ("sea", "atlantis")]
        assert {answer.status_code for answer in answers} == {404}, actor
        assert NAME not in browser.get("/desk?q=ana").text
    manager = world.browser("manager.boi")
    for kind in ("", ".csv", ".json"):
        seen = [manager.get(f"/manage/revenue{kind}?location={s}") for s in ("sea", "atlantis")]
        assert {answer.status_code for answer in seen} == {404}, kind
        assert told(seen[0]) == told(seen[1]).replace("atlantis", "sea"), kind
    given = {"email": "bob@example.com"}
    assert manager.post("/manage/staff", location="sea", **given).status_code == 404


def test_somebody_elses_way_back_from_the_card_page_shows_and_gives_nothing(world: World) -> None:
    odd = ["", "cs_x", "../customers", "cs_x?expand[]=customer", "x" * 5000, "ü", "%0d%0aX: y"]
    for actor in ("bob", "owner"):
        browser = world.browser(actor)
        for way in ("checkout", "card"):
            for value in [world.known.session_id, *odd]:
                answer = browser.get(f"/{way}/return", query_string={"session_id": value})
                assert answer.status_code == 404, f"{way} {value[:20]} as {actor}"
                assert NAME not in answer.text


def _named(app: Flask) -> set[str]:
    """Every act on a thing that an address names."""
    return {
        f"{method} {rule.endpoint}"
        for rule in app.url_map.iter_rules()
        if rule.arguments and not rule.endpoint.startswith(NO_THINGS)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def _pages(app: Flask) -> list[str]:
    """Every address that is opened by its name alone."""
    return [
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.arguments and rule.rule != SIGNS_OUT
    ]
