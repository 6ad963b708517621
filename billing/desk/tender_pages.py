"""Money at the counter: what is owed, a gift card sold, looked up or cashed, credit given."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from billing.desk import paying
from billing.desk.blueprint import actor, address, blueprint
from billing.desk.paying import Paying
from billing.gift_cards import gift_cards, gift_cashing
from billing.models import Invoice
from billing.sales import desk_tenders
from billing.tenders import tenders, till
from config import clock
from config.db import db, run_txn
from config.errors import Invalid, NotFound, Refused
from config.fields import Email, Id, SafeStr, Slug
from config.formats import money
from config.inputs import Input, read_form
from config.pages import FormState, answer_form, fresh_form
from locations import guard, places
from locations.models import Location
from membership.catalogue.group_fields import Amount
from membership.front_desk import desk_member
from membership.front_desk.desk_member import KEPT, AtDesk

TAKE, SELL, LOOK = "desk/take.html", "desk/gift_card_sale.html", "desk/gift_card.html"


class CardSold(Paying):
    """A card's amount, and whom it is for."""

    amount = Amount(required=True)
    recipient_name = SafeStr(most=160)
    recipient_email = Email()
    key = Id(required=True)


class Looked(Input):
    """A code, at a studio."""

    location = Slug(required=True)
    gift_code = SafeStr(required=True, most=paying.MOST_CODE)


@blueprint.get("/invoices/<uuid:invoice_id>/take")
@guard.staff("take_cash", at="any")
def take(invoice_id: UUID) -> str:
    """What is owed, before the button."""
    return render_template(TAKE, form=fresh_form(), **_take_context(_open_here(invoice_id)))


@blueprint.post("/invoices/<uuid:invoice_id>/take")
@guard.staff("take_cash", at="any")
def take_now(invoice_id: UUID) -> Response:
    """Take it."""
    invoice = _open_here(invoice_id)
    place = places.get(invoice.location_id)
    try:
        given = read_form(Paying, request.form)
        if given["how"] not in paying.WAYS:
            raise NotFound("way")
        taken = desk_tenders.invoice(invoice_id, payer=paying.payer(given, place), by=actor())
    except (Invalid, Refused) as error:
        return answer_form(TAKE, error, **_take_context(invoice))
    flash(paying.told(taken, place), "success")
    return redirect(f"/desk/members/{invoice.member_id}?location={place.slug}", 303)


@blueprint.get("/members/<uuid:member_id>/gift-card")
@guard.staff("sell_gift_card", at="any")
def gift_card_sale(member_id: UUID) -> str:
    """Over how much, for whom, and how it is paid."""
    seen = desk_member.seen(member_id, "sell_gift_card")
    return render_template(SELL, form=FormState({}), **_sale_context(seen))


@blueprint.post("/members/<uuid:member_id>/gift-card")
@guard.staff("sell_gift_card", at="any")
def sell_gift_card(member_id: UUID) -> Response:
    """Sell it; its code is shown once."""
    seen = desk_member.seen(member_id, "sell_gift_card")
    try:
        given = read_form(CardSold, request.form, ignore=KEPT)
        if given["how"] not in paying.WAYS:
            raise NotFound("way")
        taken = desk_tenders.gift_card(
            member_id,
            amount_cents=paying.amount(given["amount"], seen.place, "amount"),
            recipient_name=given.get("recipient_name"),
            recipient_email=given.get("recipient_email"),
            key=given["key"],
            payer=paying.payer(given, seen.place),
            by=actor(),
        )
    except (Invalid, Refused) as error:
        return answer_form(SELL, error, **_sale_context(seen))
    page = render_template(
        "desk/gift_card_sold.html",
        seen=seen,
        code=gift_cards.shown_code(str(given["key"])),
        told=paying.told(taken, seen.place),
        back_url=address(seen),
    )
    return Response(page, mimetype="text/html", headers={"Cache-Control": "no-store"})


@blueprint.get("/gift-card")
@guard.staff("take_cash", at="any")
def gift_card() -> str:
    """What is left on a card."""
    return render_template(LOOK, form=fresh_form(), **_look_context())


@blueprint.post("/gift-card")
@guard.staff("take_cash", at="any")
def look_at_gift_card() -> Response | str:
    """Look a code up."""
    try:
        given = read_form(Looked, request.form)
        place = _place(given["location"])
        seen = paying.card_of(given)
    except (Invalid, Refused) as error:
        return answer_form(LOOK, error, **_look_context())
    assert seen is not None, "the code is required"
    below = gift_cashing.below_cents(seen, place, now=clock.now())
    return render_template(
        LOOK, form=fresh_form(), **_look_context(seen=seen, place=place, below_cents=below,
                                                 typed=given["gift_code"])
    )  # fmt: skip


@blueprint.post("/gift-card/cash")
@guard.staff("cash_gift_card", at="any")
def cash_gift_card() -> Response:
    """Hand out what is left on it."""
    try:
        given = read_form(Looked, request.form)
        place = _place(given["location"])
        seen = paying.card_of(given)
        assert seen is not None, "the code is required"
        by, now = actor(), clock.now()
        cents = run_txn(lambda: gift_cashing.cash(seen, place, by=by, now=now))
    except (Invalid, Refused) as error:
        return answer_form(LOOK, error, **_look_context())
    flash(f"Give {money(cents, place.currency)} from the till.", "success")
    return redirect(url_for(".gift_card", location=place.slug), 303)


def _open_here(invoice_id: UUID) -> Invoice:
    """An open invoice of a studio where whoever is signed in takes cash."""
    found = db.session.scalar(
        sa.select(Invoice).where(Invoice.id == invoice_id, Invoice.state == "open")
    )
    if found is None or not guard.reach_of("take_cash").covers(found.location_id):
        raise NotFound("invoice")
    return found


def _take_context(invoice: Invoice) -> dict[str, Any]:
    place = places.get(invoice.location_id)
    return {
        "place": place,
        "number": invoice.number,
        "due_cents": tenders.due_of(invoice.id),
        "currency": invoice.currency,
        "till": till.current(place.id) is not None,
        "action": url_for(".take_now", invoice_id=invoice.id),
        "back_url": f"/desk/members/{invoice.member_id}?location={place.slug}",
    }


def _sale_context(seen: AtDesk) -> dict[str, Any]:
    return {
        "seen": seen,
        "till": till.current(seen.place.id) is not None,
        "action": seen.path("gift-card"),
        "back_url": address(seen),
    }


def _look_context(**more: Any) -> dict[str, Any]:
    mine = guard.places_for("take_cash")
    slug = request.values.get("location", "")
    place = next((one for one in mine if one.slug == slug), mine[0])
    return {"places": mine, "place": place, "seen": None, "below_cents": 0, "typed": ""} | more


def _place(slug: str) -> Location:
    for place in guard.places_for("take_cash"):
        if place.slug == slug:
            return place
    raise NotFound("location")
