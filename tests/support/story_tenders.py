"""Paying in a story without a card: tills, cash, gift cards and credit at a studio's desk."""

from __future__ import annotations

from uuid import UUID

from billing.gift_cards import gift_cards
from billing.gift_cards.gift_cards import Seen
from billing.payments import taking
from billing.rules.till import Count
from billing.sales import desk_sales, desk_tenders
from billing.sales.desk_tenders import Payer, Taken, Way
from billing.tenders import till, till_moves
from config import clock as time_of
from config.audit import Actor
from config.db import run_txn
from config.ids import new_id
from locations.rules.till import Move
from tests.support.story import Person, Story


def staff(story: Story, role: str) -> Actor:
    """Somebody of the staff, by the name the studio knows them: "desk sea"."""
    return Actor(story.studio.staff[role].id, role)


def open_till(story: Story, at: str, cents: int) -> None:
    """Open a studio's drawer with a count."""
    place, by = story.place(at), staff(story, f"desk {at}")
    run_txn(lambda: till.open_one(place, counted_cents=cents, by=by, now=time_of.now()))


def move(story: Story, at: str, kind: Move, cents: int, why: str = "as agreed") -> None:
    """Cash in or out of a drawer."""
    place, by = story.place(at), staff(story, f"desk {at}")
    now = time_of.now()
    run_txn(lambda: till_moves.move(place, kind, cents, reason=why, key=new_id(), by=by, now=now))


def close_till(story: Story, at: str, cents: int, *, slips: int = 0) -> Count:
    """Close a drawer with a count of its cash and the terminal's total."""
    place, by = story.place(at), staff(story, f"desk {at}")
    return run_txn(
        lambda: till.close(
            place,
            counted_cents=cents,
            slips_cents=slips,
            note=None,
            by=by,
            now=time_of.now(),
        )
    )


def payer(
    story: Story, at: str, way: Way, *, code: str | None = None, given: int | None = None
) -> Payer:
    """Somebody at a counter."""
    return Payer(way, story.place(at), card(story, at, code) if code else None, given)


def card(story: Story, at: str, code: str) -> Seen:
    """The gift card of a code, as the desk of a studio looks it up."""
    by = staff(story, f"desk {at}")
    assert by.id is not None
    return taking.look_up(code, by=by, guesser=by.id)


def buy(
    story: Story, who: Person, pack: str, way: Way, *, at: str, code: str | None = None,
    given: int | None = None,
) -> Taken:  # fmt: skip
    """Buy a pack at a counter."""
    return desk_tenders.pack(
        who.member_id,
        pack_version_id=story.studio.packs[pack],
        packs_seen=desk_sales.packs_of(who.member_id),
        payer=payer(story, at, way, code=code, given=given),
        by=staff(story, f"desk {at}"),
    )


def sell_card(story: Story, who: Person, cents: int, *, at: str, way: Way = "cash") -> str:
    """Sell a gift card at a counter; its code, as it is shown once."""
    card_id = new_id()
    taken = desk_tenders.gift_card(
        who.member_id,
        amount_cents=cents,
        recipient_name=None,
        recipient_email=None,
        key=card_id,
        payer=payer(story, at, way),
        by=staff(story, f"desk {at}"),
    )
    assert taken.paid_cents == cents
    return gift_cards.shown_code(str(card_id))


def pay(story: Story, invoice_id: UUID, way: Way, *, at: str, code: str | None = None) -> Taken:
    """Pay what is owed at a counter."""
    return desk_tenders.invoice(
        invoice_id,
        payer=payer(story, at, way, code=code),
        by=staff(story, f"desk {at}"),
    )
