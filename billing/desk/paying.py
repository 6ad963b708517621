"""How somebody pays at the counter: what the form says of it, and what to say afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, cast
from uuid import UUID

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from billing.desk.blueprint import actor, back
from billing.gift_cards.gift_cards import Seen
from billing.payments import taking
from billing.sales import desk_sales
from billing.sales.desk_sales import Sold
from billing.sales.desk_tenders import Payer, Taken, Way
from config.errors import Refused, invalid_field
from config.fields import SafeStr
from config.formats import money
from config.inputs import Input
from locations import guard
from locations.models import Location
from membership.catalogue.group_fields import Amount
from membership.front_desk.desk_member import AtDesk
from membership.rules.price_list import cents_of

WAYS: Final[frozenset[str]] = frozenset({"cash", "terminal", "gift_card"})
MOST_CODE = 40


class Paying(Input):
    """A press of a button: `how` is a way to pay, `gift_code` opens a gift card that pays first,
    `given` is the cash that was laid down.
    """

    how = SafeStr(required=True, most=10)
    gift_code = SafeStr(most=MOST_CODE)
    given = Amount()


def payer(given: Mapping[str, Any], place: Location) -> Payer:
    """Who pays how at this studio's counter. Refused for a card that opens nothing."""
    way = cast(Way, given["how"])
    seen = card_of(given)
    if way == "gift_card" and seen is None:
        raise Refused("gift_card_missing", "Type the gift card's code first.")
    cash: Decimal | None = given.get("given")
    return Payer(way, place, seen, None if cash is None else amount(cash, place, "given"))


def card_of(given: Mapping[str, Any]) -> Seen | None:
    """The gift card whose code was typed, if one was; wrong guesses count for who is signed in."""
    code = given.get("gift_code")
    if code is None:
        return None
    return taking.look_up(code, by=actor(), guesser=guard.current_account().id)


def amount(given: Decimal, place: Location, field: str) -> int:
    """An amount that was typed, in minor units of the studio's currency."""
    try:
        return cents_of(given, place.currency)
    except ValueError as error:
        raise invalid_field(f"/{field}", f"{error}.") from None


def told(taken: Taken, place: Location) -> str:
    """What to say over the counter."""
    words = f"Paid {money(taken.paid_cents, place.currency)}."
    if taken.change_cents:
        words += f" Give back {money(taken.change_cents, place.currency)}."
    if taken.left_cents:
        words += f" {money(taken.left_cents, place.currency)} is still owed."
    return words


def saved_card(seen: AtDesk) -> str | None:
    """The saved card as Stripe describes it; never a number."""
    found = desk_sales.card_at(seen.member.member_id, seen.place)
    return f"{str(found.card_brand).title()} •••• {found.card_last4}" if found else None


def to_code(invoice_id: UUID) -> Response:
    """On to the page with the code for the member's phone."""
    return redirect(url_for(".code", invoice_id=invoice_id), 303)


def back_from_card(seen: AtDesk, sold: Sold, declined: str) -> Response:
    """Back to the member, told what came of the saved card."""
    if sold.came == "paid":
        flash("Paid with the saved card.", "success")
    elif sold.came == "declined":
        flash(declined, "warning")
    else:
        flash("The bank has not answered yet: look again in a few minutes.", "warning")
    return back(seen)
