"""What a paid invoice gives, and what a sale that was never paid leaves behind."""

from __future__ import annotations

from datetime import date, datetime

from billing.gift_cards import gift_issue
from billing.invoices import discount_lines
from billing.payments import unspent
from billing.payments.held import Held
from billing.plan_changes import change_credit
from billing.runs.parking import park
from membership.agreements import consents
from membership.changes import change_now
from membership.credits import credits
from membership.endings import endings
from membership.journey import conversions
from membership.packs import packs
from membership.plans import memberships, periods, promos, renewals


def give(held: Held, *, on: date, now: datetime) -> None:
    """Give what a paid invoice was for; `held` is from before it was paid."""
    if held.invoice_state == "draft":
        promos.used(held.source_id)
    if held.reason == "pack":
        if packs.paid(held.source_id, on=on, now=now) == "cancelled":
            _money_without_goods(held, "pack_cancelled", now=now)
    elif held.reason == "charge":
        pass  # what it is for was given before
    elif held.reason == "gift_card":
        gift_issue.activate(held.source_id, on=on, now=now)
    elif held.reason == "change":
        change_credit.take_effect(held.source_id, on=on, now=now)
    elif held.invoice_state == "draft":
        _first_period_bought(held, on=on, now=now)
    elif held.reason == "first_period":
        _first_period_paid(held, on=on, now=now)
    else:
        _renewal_paid(held, on=on, now=now)


def abandoned(held: Held, *, on: date, now: datetime) -> None:
    """A sale that was never paid leaves no pack, no plan and no change behind."""
    unspent.give_back(held, on=on, now=now)
    if held.invoice_state == "draft":
        promos.release(held.source_id)
    if held.reason == "pack":
        packs.abandon(held.source_id)
    elif held.reason == "change":
        change_now.abandon(held.source_id, now=now)
    elif held.reason == "gift_card":
        return  # a draft of a card opens nothing and is worth nothing
    elif held.membership_id is not None:
        endings.abandon(held.membership_id, on=on, now=now)


def still_wanted(held: Held) -> bool:
    """Whether what a draft is for can still be handed over: a plan may have moved on meanwhile."""
    is_change = held.reason == "change" and held.invoice_state == "draft"
    return not is_change or change_now.still_fits(held.source_id)


def _renewal_paid(held: Held, *, on: date, now: datetime) -> None:
    """Make the period's credits firm; most renewals find an active member and need no more."""
    assert held.membership_id is not None
    credits.make_firm(held.source_id, "period")
    if held.membership_status == "ended":
        _money_without_goods(held, "membership_ended", now=now)
    elif held.membership_status != "active":
        memberships.payment_succeeded(held.membership_id, on=on, now=now)


def _first_period_bought(held: Held, *, on: date, now: datetime) -> None:
    """Sold at Checkout: the period begins to exist with its payment."""
    assert held.membership_id is not None
    due = periods.first_due(held.membership_id, period_id=held.source_id)
    renewals.advance([discount_lines.as_sold(due, held.invoice_id)], now=now)
    _first_period_paid(held, on=on, now=now)


def _first_period_paid(held: Held, *, on: date, now: datetime) -> None:
    assert held.membership_id is not None
    if held.membership_status == "ended":
        _money_without_goods(held, "membership_ended", now=now)
        return
    credits.grant_many(periods.firm_grant(held.source_id), now=now)
    memberships.payment_succeeded(held.membership_id, on=on, now=now)
    if held.consent_id is not None:
        conversions.begun(held.consent_id, held.membership_id, on=on)
        consents.mark_used(held.consent_id, now=now)


def _money_without_goods(held: Held, code: str, *, now: datetime) -> None:
    """Paid for what no longer is: a person decides whether it goes back."""
    park(
        "payment",
        str(held.attempt_id),
        code=code,
        reason="Paid after what it was for had ended.",
        location_id=held.location_id,
        now=now,
    )
