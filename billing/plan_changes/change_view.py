"""A change of plan as its pages show it: every amount from the quote that is billed."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from billing.plan_changes import change_sales
from config.db import db
from membership.changes import change_quotes, change_rows, changes
from membership.changes.change_quotes import Quote
from membership.models import Membership, Plan, PlanChange, PlanVersion
from membership.people.moves import Preview
from membership.plans import plan_overview
from membership.rules.change_quotes import NowQuote, RenewalQuote


def choices(plan: Membership, *, on: date) -> dict[str, Any]:
    """The plans to choose from, and the change that waits; Refused where none may be made."""
    changes.require_open(plan)
    return {
        "held": plan_overview.plan(plan.member_id, on=on),
        "plans": change_quotes.targets(plan, on=on),
        "waiting": waiting(plan),
    }


def waiting(plan: Membership) -> dict[str, Any] | None:
    """The change that waits for its payment or its renewal, if one does."""
    change = change_rows.live_of(plan.id)
    if change is None:
        return None
    return {
        "name": _name(change),
        "on": change.effective_on,
        "paying": change.state == "waiting",
        "undoable": change.kind not in ("move", "price_rise"),
        "is_move": change.kind == "move",
    }


def both_ways(plan: Membership, to_version_id: UUID, *, on: date) -> dict[str, Any]:
    """What a change would cost now and with the renewal, and the words that are agreed to."""
    changes.require_open(plan)
    quote = change_quotes.quote(plan, to_version_id, on=on)
    reason = change_sales.why_not_now(plan, quote, on=on)
    return {
        "quote": quote,
        "now": _now(quote, quote.now) if quote.now and reason is None else None,
        "why_not_now": reason,
        "renewal": renewal(quote.renewal, quote.to.currency) | {"text": quote.renewal_text},
        "waiting": waiting(plan),
    }


def renewal(quote: RenewalQuote, currency: str) -> dict[str, Any]:
    """What a renewal charges."""
    return {
        "on": quote.on,
        "net_cents": quote.charge.net_cents,
        "tax_cents": quote.charge.tax_cents,
        "tax_label": quote.charge.rate.name,
        "total_cents": quote.charge.total_cents,
        "lost_sessions": quote.lost_sessions,
        "lost_cents": quote.lost_cents,
        "currency": currency,
    }


def move(found: Preview) -> dict[str, Any]:
    """What moving home means, before the button."""
    return {
        "old_name": found.old_name,
        "new_name": found.new_name,
        "from_on": found.from_on,
        "renewal": renewal(found.renewal, found.currency) if found.renewal else None,
        "text": found.text,
    }


def _now(quote: Quote, now: NowQuote) -> dict[str, Any]:
    amounts = change_sales.amounts_of(quote, now)
    return {
        "lines": [(line.description, line.net_cents) for line in amounts.lines],
        "tax_cents": amounts.tax_cents,
        "tax_label": now.taken.rate.name,
        "total_cents": amounts.total_cents,
        "kept_cents": now.account_credit_cents,
        "extra_credits": now.extra_credits,
        "starts_anew": now.style == "new_cycle",
        "unlimited": quote.to.allowance is None,
        "until": now.until,
        "then_cents": quote.to.price_cents,
        "currency": quote.to.currency,
        "text": quote.now_text,
    }


def _name(change: PlanChange) -> str:
    version = db.session.get_one(PlanVersion, change.to_version_id)
    return db.session.get_one(Plan, version.plan_id).name
