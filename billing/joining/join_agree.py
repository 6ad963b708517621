"""The last step of joining: what is agreed to, the one commit, the card page, and the welcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import flash, render_template, request, url_for
from flask_security.utils import login_user
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from billing.gift_cards import guesses
from billing.joining import join_cookie, join_pages, join_steps, joining
from billing.joining.choices import Choice
from billing.joining.join_blueprint import blueprint, go
from billing.joining.join_cookie import Joining
from billing.joining.join_forms import AgreeInput
from billing.joining.join_steps import Visitor
from billing.joining.joining import Enrolled
from billing.payments import taking
from billing.payments.collect import collecting
from billing.rules.tenders import Offer
from billing.sales import checkout, sale_state
from config import clock
from config.audit import Actor
from config.db import run_txn
from config.errors import Invalid, NotFound, Refused, Unavailable
from config.inputs import read_form
from config.pages import answer_form, fresh_form
from locations.guard import current_account, member_only, public
from membership.agreements.consent_words import Wording
from membership.models import Member
from membership.people import members


@blueprint.get("/agree")
@public
def agreement() -> str:
    """What is paid today, and what may be agreed to for later, its box not ticked."""
    visitor, choice, words, prints = _asked()
    join_cookie.keep(visitor.so_far.showing(**prints))
    return render_template(
        "join/consent.html", form=fresh_form(), **join_pages.to_agree(visitor, choice, words)
    )


@blueprint.post("/agree")
@public
def enrol() -> Any:
    """Everything at once, then on to the card page."""
    visitor, choice, words, prints = _asked()
    try:
        join_steps.require_shown(visitor.so_far, prints)
        enrolled = _enrol(visitor, choice, words)
    except (Invalid, Refused) as error:
        join_cookie.keep(visitor.so_far.showing(**prints))
        return answer_form(
            "join/consent.html", error, **join_pages.to_agree(visitor, choice, words)
        )
    if visitor.account is None:
        login_user(enrolled.account)
    join_cookie.forget()
    return go(_card_page(enrolled))


@blueprint.get("/welcome/<uuid:invoice_id>")
@member_only
def welcome(invoice_id: UUID) -> str:
    """Paid: the first steps. Not paid: nothing was charged, and one may try again."""
    member = _own_member()
    sale = sale_state.of(invoice_id, member_id=member.id)
    state = sale.state
    if state == "waiting" and "left" in request.args:
        state = "failed"
    return render_template(
        "join/welcome.html",
        name=member.name,
        place=sale.place,
        bought=sale.terms.name,
        state=state,
        retry_url=url_for(".again", invoice_id=invoice_id) if state == "failed" else None,
        home_url=url_for("portal.home"),
        first_steps=joining.first_steps(sale.terms, sale.place),
    )


@blueprint.post("/again/<uuid:invoice_id>")
@member_only
def again(invoice_id: UUID) -> Response:
    """The same choice once more, from the page that says what it costs."""
    sale = sale_state.of(invoice_id, member_id=_own_member().id)
    join_cookie.keep(Joining(location=sale.place.slug, choice=sale.choice))
    return go(url_for(".papers"))


def _asked() -> tuple[Visitor, Choice, Mapping[UUID, Wording], Mapping[str, str]]:
    """Who has signed, what they chose, the words beside each box, and their fingerprints."""
    visitor = join_steps.visitor(now=clock.now())
    join_steps.signature(visitor)
    choice = join_steps.choice(visitor)
    words = join_steps.words(visitor, choice)
    return visitor, choice, words, join_steps.agreement_prints(choice, words)


def _card_page(enrolled: Enrolled) -> str:
    """Stripe's page; where it does not answer, the page that says so and lets one try again."""
    placed = enrolled.placed
    try:
        return checkout.page_of(placed, gateway=collecting().gateway, now=clock.now())
    except Unavailable as silence:
        flash(silence.message, "warning")
        return url_for("join.welcome", invoice_id=placed.invoice_id, left=1)


def _enrol(who: Visitor, chosen: Choice, words: Mapping[UUID, Wording]) -> Enrolled:
    """The one commit; a sale of theirs that still waits is closed before it."""
    now, gateway = clock.now(), collecting().gateway
    given = read_form(AgreeInput, request.form)
    agreed = join_steps.agreed(words, given["consent"])
    ahead = _gift_card(who, given.get("gift_code"), currency=chosen.terms.currency)
    person, signature = join_steps.person(who), join_steps.signature(who)
    if who.member is not None:
        checkout.close_tills(who.member.id, gateway=gateway, now=now)
    place = join_steps.place(who.so_far)
    try:
        return run_txn(
            lambda: joining.enrol(
                person,
                location=place,
                choice=chosen,
                agreed=agreed,
                signature=signature,
                now=now,
                ahead=ahead,
            )
        )
    except IntegrityError as twice:  # the same button in two tabs: the other one was first
        raise Refused("details_not_accepted", members.DETAILS_NOT_ACCEPTED) from twice


def _gift_card(who: Visitor, code: str | None, *, currency: str) -> Sequence[Offer]:
    """The gift card whose code was typed, if one was; a stranger's guesses count by address."""
    if code is None:
        return ()
    account = who.account
    by = Actor(account.id, account.name) if account else Actor(None, "visitor")
    guesser = account.id if account else guesses.of_address(request.remote_addr)
    seen = taking.look_up(code, by=by, guesser=guesser)
    return (taking.gift_card_offer(seen, currency=currency),)


def _own_member() -> Member:
    member = members.of_account(current_account().id)
    if member is None:
        raise NotFound
    return member
