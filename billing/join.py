"""Joining online, a step a page: studio, start, person, papers, agreement; then the card page.

Each step keeps what was given in the browser and leads on; only the last one writes, all at
once, and then sends the member to pay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_security.utils import login_user
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from billing import (
    checkout,
    choices,
    guesses,
    join_cookie,
    join_forms,
    join_pages,
    join_steps,
    joining,
    sale_state,
    taking,
)
from billing.choices import Choice
from billing.collect import collecting
from billing.join_cookie import Joining
from billing.join_forms import AgreeInput, PersonInput, SignInput, StartInput, WhereInput
from billing.join_steps import Astray, Visitor
from billing.joining import Enrolled
from billing.rules.tenders import Offer
from config import clock
from config.audit import Actor
from config.db import run_txn
from config.errors import Invalid, NotFound, Refused, TaperError, Unavailable
from config.inputs import read_form
from config.pages import answer_form, fresh_form
from locations import people, places
from locations.guard import current_account, member_only, public
from membership import members
from membership.consents import Wording
from membership.models import Member

blueprint = Blueprint("join", __name__, url_prefix="/join")


@blueprint.errorhandler(Astray)
def _back_on_track(astray: Astray) -> Response:
    return _go(url_for(f"join.{astray.step}"))


@blueprint.get("")
@public
def start() -> str:
    """Which studio; a link may name one."""
    named = request.args.get("location", join_cookie.kept().location)
    return render_template(
        "join/location.html", form=fresh_form(location=named), **join_pages.where()
    )


@blueprint.post("")
@public
def choose_place() -> Any:
    """On to what it sells."""
    try:
        slug = read_form(WhereInput, request.form)["location"]
        place = places.find(slug)
        if place.closed_on is not None:
            raise NotFound("studio")
    except TaperError as error:
        return answer_form("join/location.html", error, **join_pages.where())
    join_cookie.keep(join_cookie.kept().but(location=place.slug, choice="", shown={}))
    return _go(url_for(".begin"))


@blueprint.get("/start")
@public
def begin() -> str:
    """What to begin with."""
    visitor = join_steps.visitor(now=clock.now())
    shown = join_pages.on_sale(join_steps.place(visitor.so_far), now=visitor.now)
    form = fresh_form(choice=visitor.so_far.choice, promo=visitor.so_far.code)
    return render_template("join/starter.html", form=form, **shown)


@blueprint.post("/start")
@public
def choose_start() -> Any:
    """On to who it is for."""
    so_far = join_steps.visitor(now=clock.now()).so_far
    place = join_steps.place(so_far)
    try:
        given = read_form(StartInput, request.form)
        choice, code = given["choice"], given.get("promo") or ""
        choices.cheaper(
            choices.chosen(choice, place, now=clock.now()), code, place, now=clock.now()
        )
    except TaperError as error:
        return answer_form("join/starter.html", error, **join_pages.on_sale(place, now=clock.now()))
    join_cookie.keep(so_far.but(choice=choice, code=code, shown={}))
    return _go(url_for(".person"))


@blueprint.get("/you")
@public
def person() -> str:
    """Who joins."""
    visitor = join_steps.visitor(now=clock.now())
    join_steps.choice(visitor)
    so_far = visitor.so_far
    form = fresh_form(name=so_far.name, email=so_far.email, phone=so_far.phone)
    return render_template("join/account.html", form=form, **join_pages.who(visitor))


@blueprint.post("/you")
@public
def give_person() -> Any:
    """On to the papers. Somebody who is signed in is known already."""
    visitor = join_steps.visitor(now=clock.now())
    join_steps.choice(visitor)
    if visitor.account is not None:
        return _go(url_for(".papers"))
    try:
        given = read_form(PersonInput, request.form)
        password = join_forms.checked_password(given.pop("password"))
        if people.find_by_email(given["email"]) is not None:
            raise Refused("details_not_accepted", members.DETAILS_NOT_ACCEPTED)
    except TaperError as error:
        return answer_form("join/account.html", error, **join_pages.who(visitor))
    typed = {"phone": "", **given, "password": join_cookie.seal(password)}
    join_cookie.keep(visitor.so_far.but(**typed))
    return _go(url_for(".papers"))


@blueprint.get("/sign")
@public
def papers() -> str | Response:
    """Waiver and contract, in full."""
    visitor = join_steps.visitor(now=clock.now())
    join_steps.person(visitor)
    wanted = join_steps.papers(visitor)
    if not wanted:
        return _go(url_for(".agreement"))
    join_cookie.keep(visitor.so_far.showing(**join_steps.paper_prints(wanted)))
    return render_template("join/sign.html", form=fresh_form(), **join_pages.to_sign(wanted))


@blueprint.post("/sign")
@public
def sign() -> Any:
    """On to what else is agreed."""
    visitor = join_steps.visitor(now=clock.now())
    join_steps.person(visitor)
    wanted = join_steps.papers(visitor)
    try:
        given = read_form(SignInput, request.form)
        join_steps.require_shown(visitor.so_far, join_steps.paper_prints(wanted))
    except TaperError as error:
        return answer_form("join/sign.html", error, **join_pages.to_sign(wanted))
    join_cookie.keep(visitor.so_far.but(signed_name=given["signed_name"]))
    return _go(url_for(".agreement"))


@blueprint.get("/agree")
@public
def agreement() -> str:
    """What is paid today, and what may be agreed to for later, its box not ticked."""
    visitor = join_steps.visitor(now=clock.now())
    join_steps.signature(visitor)
    choice = join_steps.choice(visitor)
    words = join_steps.words(visitor, choice)
    prints = join_steps.agreement_prints(choice, words)
    join_cookie.keep(visitor.so_far.showing(**prints))
    return render_template(
        "join/consent.html", form=fresh_form(), **join_pages.to_agree(visitor, choice, words)
    )


@blueprint.post("/agree")
@public
def enrol() -> Any:
    """Everything at once, then on to the card page."""
    visitor = join_steps.visitor(now=clock.now())
    join_steps.signature(visitor)
    choice = join_steps.choice(visitor)
    words = join_steps.words(visitor, choice)
    prints = join_steps.agreement_prints(choice, words)
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
    return _go(_card_page(enrolled))


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
    return _go(url_for(".papers"))


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


def _go(url: str) -> Response:
    return redirect(url, code=303)
