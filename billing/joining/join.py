"""Joining online, a step a page: studio, start, person, papers; then `join_agree` enrols.

Each step keeps what was given in the browser and leads on; only the last one writes, all at
once, and then sends the member to pay.
"""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from billing.joining import choices, join_agree, join_cookie, join_forms, join_pages, join_steps
from billing.joining.join_blueprint import blueprint, go
from billing.joining.join_forms import PersonInput, SignInput, StartInput, WhereInput
from config import clock
from config.errors import NotFound, Refused, TaperError
from config.inputs import read_form
from config.pages import answer_form, fresh_form
from locations import people, places
from locations.guard import public
from membership.people import members

__all__ = ["blueprint", "join_agree"]


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
    return go(url_for(".begin"))


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
    return go(url_for(".person"))


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
        return go(url_for(".papers"))
    try:
        given = read_form(PersonInput, request.form)
        password = join_forms.checked_password(given.pop("password"))
        if people.find_by_email(given["email"]) is not None:
            raise Refused("details_not_accepted", members.DETAILS_NOT_ACCEPTED)
    except TaperError as error:
        return answer_form("join/account.html", error, **join_pages.who(visitor))
    typed = {"phone": "", **given, "password": join_cookie.seal(password)}
    join_cookie.keep(visitor.so_far.but(**typed))
    return go(url_for(".papers"))


@blueprint.get("/sign")
@public
def papers() -> str | Response:
    """Waiver and contract, in full."""
    visitor = join_steps.visitor(now=clock.now())
    join_steps.person(visitor)
    wanted = join_steps.papers(visitor)
    if not wanted:
        return go(url_for(".agreement"))
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
    return go(url_for(".agreement"))
