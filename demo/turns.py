"""Other terms for a plan that runs: more or less, today or with the renewal, and another home."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import UUID

from billing.plan_changes import changing
from config.db import run_txn
from config.errors import Refused
from demo import purse
from demo.life import Life
from membership.agreements.change_consents import Proof
from membership.changes import change_quotes, changes
from membership.changes.change_quotes import Quote
from membership.journey import tier_choices
from membership.models import Membership
from membership.people import moves
from membership.rules.catalog import PlanTerms
from membership.rules.tiers import AGREEMENT

UNDONE = 0.2
AT_THE_DESK = 0.3


def more_today(life: Life) -> None:
    """The next larger plan at once, paid on the page; or, now and then, left unpaid."""
    found = _quoted(life, up=True)
    if found is None:
        return
    plan, quote = found
    if quote.now is None or quote.now_text is None:
        return
    pages: list[str | None] = []
    proof = _proof(life, quote.now_text)

    def change() -> None:
        page = changing.change_now(
            plan.id,
            to_version_id=quote.to.plan_version_id,
            proof=proof,
            gateway=life.gateway,
            now=life.world.now,
        )
        pages.append(page)

    if not life.tries("upgrades today", change) or pages[0] is None:
        return
    if life.rng.random() < 0.08:
        life.count("pages left")
    else:
        purse.pay(life, pages[0])


def more_later(life: Life) -> None:
    """The next larger plan with the renewal."""
    _at_renewal(life, "upgrades at renewal", up=True)


def less_later(life: Life) -> None:
    """The next smaller plan with the renewal."""
    _at_renewal(life, "downgrades", up=False)


def move(life: Life) -> None:
    """Another studio is home from some day on."""
    plan = life.plan()
    slugs = [slug for slug in life.story.group.studios if slug != life.slug]
    slug = life.rng.choice(slugs)
    there, on = life.story.group.studios[slug], life.today + timedelta(days=life.rng.choice((0, 3)))
    if plan is not None:
        on = min(on, plan.next_due_on)

    def go() -> None:
        now = life.world.now
        seen = moves.preview(life.member_id, to_location_id=there.id, from_on=on, now=now)
        proof = _proof(life, seen.text or "")
        run_txn(
            lambda: moves.move(
                life.member_id, to_location_id=there.id, from_on=on, proof=proof, now=now
            )
        )

    if life.tries("moves of home", go):
        life.story.on(on, 1, slug, partial(_arrive, life, slug))


def agree_to_less(life: Life) -> None:
    """Agree beforehand to a smaller plan, should it do."""
    plan = life.plan()
    if plan is None:
        return
    life.tries(
        "agreed to step down",
        lambda: run_txn(
            lambda: tier_choices.agree(
                plan.id, seen=AGREEMENT, by=life.self_service, now=life.world.now
            )
        ),
    )


def _arrive(life: Life, slug: str) -> None:
    life.slug = slug


def _at_renewal(life: Life, what: str, *, up: bool) -> None:
    found = _quoted(life, up=up)
    if found is None:
        return
    plan, quote = found
    if up or life.rng.random() >= AT_THE_DESK:
        asked = life.tries(what, lambda: _ask(life, plan, quote))
    else:
        asked = life.tries(what, lambda: _ask_at_desk(life, plan.id, quote))
    if asked and life.rng.random() < UNDONE:
        life.later(life.rng.randint(1, 6), partial(_undo, life))


def _ask(life: Life, plan: Membership, quote: Quote) -> None:
    changing.change_at_renewal(
        plan.id,
        to_version_id=quote.to.plan_version_id,
        proof=_proof(life, quote.renewal_text),
        gateway=life.gateway,
        now=life.world.now,
    )


def _ask_at_desk(life: Life, membership_id: UUID, quote: Quote) -> None:
    run_txn(
        lambda: changes.ask_for_member(
            membership_id,
            to_version_id=quote.to.plan_version_id,
            by=life.staff("desk"),
            seen=quote.renewal_text,
            on=life.today,
            now=life.world.now,
        )
    )


def _undo(life: Life) -> None:
    plan = life.plan()
    if plan is None:
        return
    life.tries(
        "changes taken back",
        lambda: changing.undo(
            plan.id, by=life.self_service, gateway=life.gateway, now=life.world.now
        ),
    )


def _quoted(life: Life, *, up: bool) -> tuple[Membership, Quote] | None:
    """The plan with a quote for the next tier above or below, if there is one to quote."""
    plan = life.plan()
    if plan is None or plan.ends_on is not None:
        return None
    on = life.wall(plan)
    try:
        changes.require_open(plan)
        terms = _next_tier(plan, change_quotes.targets(plan, on=on), up=up)
        return (plan, change_quotes.quote(plan, terms.plan_version_id, on=on)) if terms else None
    except Refused as refused:
        life.story.refusals["quote", refused.code] += 1
        life.count("refused by name")
        return None


def _next_tier(plan: Membership, targets: list[PlanTerms], *, up: bool) -> PlanTerms | None:
    if up:
        dearer = [terms for terms in targets if terms.price_cents > plan.price_cents]
        return min(dearer, key=lambda terms: terms.tier, default=None)
    cheaper = [terms for terms in targets if terms.price_cents < plan.price_cents]
    return max(cheaper, key=lambda terms: terms.tier, default=None)


def _proof(life: Life, seen: str) -> Proof:
    return Proof(life.self_service, seen, purse.ADDRESS, purse.AGENT)
