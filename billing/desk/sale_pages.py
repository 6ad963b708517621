"""Selling a pack to a member at the desk: what it costs, and the button."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import flash, render_template, request
from werkzeug.wrappers import Response

from billing.desk import paying
from billing.desk.blueprint import actor, address, back, blueprint, refused
from billing.desk.paying import Paying
from billing.invoices import discount_lines
from billing.payments import taking
from billing.rules.invoice import InvoiceAmounts
from billing.sales import desk_options, desk_sales, desk_tenders, quotes
from billing.tenders import till
from config import clock
from config.errors import NotFound, Refused
from config.fields import Id, SafeStr, TextInt
from config.inputs import Input, read_form
from locations import guard
from membership.front_desk import desk_member
from membership.front_desk.desk_member import KEPT, AtDesk
from membership.plans import promos
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
        card=paying.saved_card(seen) if not typed and _covered(seen, option) else None,
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
            return paying.to_code(_by_phone(seen, given, code))
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
    return paying.back_from_card(
        seen, sold, "The card was declined, and nothing was sold. The phone may do."
    )


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
