"""Selling to a member at the desk: what it costs, the button, the code for their phone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import segno
import sqlalchemy as sa
from flask import current_app, flash, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from billing import (
    desk_options,
    desk_sales,
    desk_tenders,
    desk_undo,
    discount_lines,
    phone,
    quotes,
    taking,
    till,
)
from billing.desk import paying
from billing.desk.blueprint import actor, address, back, blueprint, refused
from billing.desk.paying import Paying
from billing.desk_sales import Sold
from billing.models import Invoice
from billing.rules.invoice import InvoiceAmounts
from config import clock
from config.db import db
from config.errors import NotFound, Refused
from config.fields import Id, SafeStr, TextInt
from config.inputs import Input, read_form
from locations import guard
from membership import desk_member, promos, visits
from membership.desk_member import KEPT, AtDesk
from membership.rules.discount import Code


class Wanted(Input):
    """Which pack, by its version, and a promotion's code, if there is one."""

    pack = Id(required=True)
    code = SafeStr(most=30)


class SoldHow(Paying):
    """A press of a button; `seen` is how many packs the page knew of."""

    pack = Id(required=True)
    code = SafeStr(most=30)
    seen = TextInt(required=True, high=100_000)


class ExtraHow(Paying):
    """A press of a button; the key lets a member in once, however often it is pressed."""

    request_key = SafeStr(required=True, most=64)


@blueprint.get("/members/<uuid:member_id>/sell")
@guard.staff("sell", at="any")
def sell(member_id: UUID) -> str:
    """A pack with its tax, before the button."""
    seen = desk_member.seen(member_id, "sell")
    given = read_form(Wanted, request.args, ignore=KEPT)
    wanted, typed = given["pack"], given.get("code")
    option = _option(seen, wanted)
    try:
        amounts = option.amounts if not typed else _cheaper(option, typed, seen)
    except Refused as error:
        flash(error.message, "error")
        typed, amounts = None, option.amounts
    return render_template(
        "desk/sell.html",
        seen=seen,
        title=option.terms.name,
        lines=discount_lines.of_amounts(amounts),
        amounts=amounts,
        currency=seen.place.currency,
        refusal=option.refusal,
        till=till.current(seen.place.id) is not None,
        # What a consent covers is the price on the list, and no other.
        card=_card(seen) if not typed and _covered(seen, option) else None,
        fields={"pack": wanted, "seen": desk_sales.packs_of(member_id)} | _kept_code(typed),
        code_for=wanted,
        code=typed or "",
        action=seen.path("sell"),
        back_url=address(seen),
    )


@blueprint.post("/members/<uuid:member_id>/sell")
@guard.staff("sell", at="any")
def sell_now(member_id: UUID) -> Response:
    """Sell it: on to the code for their phone, or the saved card is charged."""
    seen = desk_member.seen(member_id, "sell")
    given = read_form(SoldHow, request.form, ignore=KEPT)
    try:
        code = promos.find(given["code"]) if given.get("code") else None
        if given["how"] in paying.WAYS:
            taken = desk_tenders.pack(
                member_id,
                pack_version_id=given["pack"],
                packs_seen=given["seen"],
                payer=paying.payer(given, seen.place),
                by=actor(),
                code=code,
            )
            flash(paying.told(taken, seen.place), "success")
            return back(seen)
        if given["how"] != "card":
            return _to_code(seen, _by_phone(seen, given, code))
        if code is not None:
            raise Refused("not_covered", desk_sales.NOT_COVERED)
        sold = desk_sales.pack_by_card(
            member_id,
            pack_version_id=given["pack"],
            place=seen.place,
            packs_seen=given["seen"],
            by=actor(),
        )
    except Refused as error:
        return refused(seen, error)
    return _told(seen, sold, "The card was declined, and nothing was sold. The phone may do.")


@blueprint.get("/members/<uuid:member_id>/extra")
@guard.staff("sell", at="any")
def extra(member_id: UUID) -> str | Response:
    """One session beyond the allowance, with its tax, before the button."""
    seen = desk_member.seen(member_id, "sell")
    try:
        option = desk_options.extra_for(member_id, place=seen.place, on=seen.on)
    except Refused as error:
        return refused(seen, error)
    standing = visits.preview(member_id, location_id=seen.place.id, on=seen.on)
    return render_template(
        "desk/sell.html",
        seen=seen,
        title="One extra session, and check in",
        lines=discount_lines.of_amounts(option.amounts),
        amounts=option.amounts,
        currency=seen.place.currency,
        refusal=None,
        till=till.current(seen.place.id) is not None,
        card=_card(seen) if option.offer.consent_id else None,
        fields={"request_key": standing.request_key},
        code_for=None,
        action=seen.path("extra"),
        back_url=address(seen),
    )


@blueprint.post("/members/<uuid:member_id>/extra")
@guard.staff("sell", at="any")
def extra_now(member_id: UUID) -> Response:
    """Let the member in, and charge the session by itself."""
    seen = desk_member.seen(member_id, "sell")
    given = read_form(ExtraHow, request.form, ignore=KEPT)
    key = given["request_key"]
    try:
        if given["how"] in paying.WAYS:
            taken = desk_tenders.one_session(
                member_id, request_key=key, payer=paying.payer(given, seen.place), by=actor()
            )
            flash(f"{seen.member.name} is checked in.", "success")
            flash(paying.told(taken, seen.place), "success")
            return back(seen)
        if given["how"] != "card":
            invoice_id = desk_sales.extra_by_phone(
                member_id, place=seen.place, request_key=key, by=actor()
            )
            return _to_code(seen, invoice_id)
        sold = desk_sales.extra_by_card(member_id, place=seen.place, request_key=key, by=actor())
    except Refused as error:
        return refused(seen, error)
    flash(f"{seen.member.name} is checked in.", "success")
    return _told(seen, sold, "The card was declined: the session is owed, and tried again.")


@blueprint.get("/sales/<uuid:invoice_id>")
@guard.staff("sell", at="any")
def code(invoice_id: UUID) -> str:
    """The code for the member's phone, and whether it was paid."""
    invoice = _mine(invoice_id)
    found = phone.of_invoice(invoice_id, now=clock.now())
    link = current_app.extensions["taper.settings"].base_url + phone.link(invoice_id)
    return render_template(
        "desk/code.html",
        sale=found,
        link=link,
        drawing=_qr(link),
        card_url=f"/desk/members/{invoice.member_id}",
        look_url=url_for(".code", invoice_id=invoice_id),
    )


@blueprint.post("/extras/<uuid:visit_id>/undo")
@guard.staff("check_in", at="any")
def undo_extra(visit_id: UUID) -> Response:
    """Take a check-in that was charged by itself back, within minutes."""
    if not guard.reach_of("check_in").covers(visits.get(visit_id).location_id):
        raise NotFound("visit")
    try:
        desk_undo.undo(visit_id, by=actor())
    except Refused as error:
        flash(error.message, "error")
    else:
        flash("The check-in is taken back, and its charge with it.", "success")
    return redirect(url_for("desk.home"), 303)


def _cheaper(option: desk_options.PackOption, typed: str, seen: AtDesk) -> InvoiceAmounts:
    return quotes.pack(
        option.terms,
        location=seen.place,
        now=clock.now(),
        code=promos.find(typed),
        member_id=seen.member.member_id,
    )


def _kept_code(typed: str | None) -> dict[str, str]:
    return {"code": typed} if typed else {}


def _by_phone(seen: AtDesk, given: Mapping[str, Any], code: Code | None) -> UUID:
    """A pack for the member's phone, what a gift card holds paid before."""
    card = paying.card_of(given)
    ahead = () if card is None else (taking.gift_card_offer(card, currency=seen.place.currency),)
    return desk_sales.pack_by_phone(
        seen.member.member_id,
        pack_version_id=given["pack"],
        place=seen.place,
        by=actor(),
        ahead=ahead,
        code=code,
    )


def _option(seen: AtDesk, pack_version_id: UUID) -> desk_options.PackOption:
    listed = desk_options.pack_options(
        seen.member.member_id, place=seen.place, on=seen.on, now=clock.now()
    )
    for option in listed:
        if option.terms.pack_version_id == pack_version_id:
            return option
    raise NotFound("pack")


def _covered(seen: AtDesk, option: desk_options.PackOption) -> bool:
    consent = desk_sales.pack_consent(seen.member.member_id, option.terms, place=seen.place)
    return option.refusal is None and consent is not None


def _card(seen: AtDesk) -> str | None:
    """The saved card as Stripe describes it; never a number."""
    found = desk_sales.card_at(seen.member.member_id, seen.place)
    return f"{str(found.card_brand).title()} •••• {found.card_last4}" if found else None


def _mine(invoice_id: UUID) -> Invoice:
    """A sale of a studio where whoever is signed in sells; any other is like a missing one."""
    found = db.session.scalar(sa.select(Invoice).where(Invoice.id == invoice_id))
    if found is None or not guard.reach_of("sell").covers(found.location_id):
        raise NotFound("payment")
    return found


def _to_code(seen: AtDesk, invoice_id: UUID) -> Response:
    return redirect(url_for(".code", invoice_id=invoice_id), 303)


def _told(seen: AtDesk, sold: Sold, declined: str) -> Response:
    if sold.came == "paid":
        flash("Paid with the saved card.", "success")
    elif sold.came == "declined":
        flash(declined, "warning")
    else:
        flash("The bank has not answered yet: look again in a few minutes.", "warning")
    return back(seen)


def _qr(link: str) -> Markup:
    """The link as an inline drawing; segno writes only paths, nothing a visitor typed."""
    drawing = segno.make(link, micro=False).svg_inline(scale=5, svgclass=None, lineclass=None)
    return Markup(drawing)  # noqa: S704 - made here, from a link made here
