"""A member's account credit at the desk: what is left, its movements, and giving some."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, render_template, request
from werkzeug.wrappers import Response

from billing import limits
from billing.desk import paying
from billing.desk.blueprint import actor, address, back, blueprint
from billing.tenders import account_credit, credit_balances
from config import clock
from config.db import run_txn
from config.errors import Invalid, Refused
from config.fields import Id, SafeStr
from config.formats import money
from config.inputs import Input, read_form
from config.pages import FormState, answer_form
from locations import guard
from membership.catalogue.group_fields import Amount
from membership.front_desk import desk_member
from membership.front_desk.desk_member import KEPT, AtDesk
from membership.people import members

FORM = "desk/credit.html"


class Given(Input):
    """How much, and why."""

    amount = Amount(required=True)
    reason = SafeStr(required=True, most=200)
    key = Id(required=True)


@blueprint.get("/members/<uuid:member_id>/credit")
@guard.staff("credit_account", at="any")
def credit(member_id: UUID) -> str:
    """What is left, and the form."""
    seen = desk_member.seen(member_id, "credit_account")
    return render_template(FORM, form=FormState({}), **_context(seen))


@blueprint.post("/members/<uuid:member_id>/credit")
@guard.staff("credit_account", at="any")
def give_credit(member_id: UUID) -> Response:
    """Give some, within the limit of whoever gives it."""
    seen = desk_member.seen(member_id, "credit_account")
    place, by, now = seen.place, actor(), clock.now()
    try:
        given = read_form(Given, request.form, ignore=KEPT)
        cents = paying.amount(given["amount"], place, "amount")
        if cents <= 0:
            raise Refused("nothing_given", "Give an amount.")

        def work() -> None:
            members.lock(member_id)  # two at once wait here: each sees what the other gave
            before = limits.credit_cents(member_id, beside=given["key"], now=now)
            _require_allowed(seen, before + cents)
            account_credit.give(
                member_id=member_id,
                place=place,
                amount_cents=cents,
                reason=given["reason"],
                by=by,
                on=seen.on,
                key=given["key"],
                now=now,
            )

        run_txn(work)
    except (Invalid, Refused) as error:
        return answer_form(FORM, error, **_context(seen))
    flash(f"{money(cents, place.currency)} of credit given.", "success")
    return back(seen)


def _require_allowed(seen: AtDesk, cents: int) -> None:
    """Refused above the limit of these roles, and above any limit to oneself."""
    limits.require(cents, grants=guard.current_grants(), location=seen.place, on=seen.on)
    account_id = members.get(seen.member.member_id).account_id
    limits.require_not_own(
        cents,
        whose=frozenset({account_id} if account_id else ()),
        by=guard.current_account().id,
        location=seen.place,
        on=seen.on,
    )


def _context(seen: AtDesk) -> dict[str, Any]:
    return {
        "seen": seen,
        "balances": credit_balances.balances(seen.member.member_id),
        "movements": credit_balances.movements(seen.member.member_id, limit=50),
        "most_cents": limits.limit_cents(seen.place, on=seen.on),
        "action": seen.path("credit"),
        "back_url": address(seen),
    }
