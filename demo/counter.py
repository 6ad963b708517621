"""Money at the counter: drawers opened and counted, cash, terminal, gift cards given and used."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from billing.gift_cards import gift_cards
from billing.payments import taking
from billing.sales import desk_sales, desk_tenders
from billing.sales.desk_tenders import Payer
from billing.tenders import till, till_flow, till_moves
from config.db import run_txn
from config.ids import new_id
from demo.life import Life
from demo.story import Story
from locations.models import Location

AT_COUNTER = 0.3
BY_CASH = 0.5
FLOAT_CENTS = 15_000
GIFT_CENTS = (2_500, 5_000, 10_000)
# One evening in so many the drawer is not what it should be, by so many cents.
MISCOUNTS, OFF_BY = 0.1, (-500, -100, 100)


def sell_pack(life: Life, code: str) -> bool:
    """A pack paid in cash or at the terminal."""
    place = life.home
    open_drawer(life.story, place)
    way = "cash" if life.rng.random() < BY_CASH else "terminal"
    return life.tries(
        f"packs paid by {way}",
        lambda: desk_tenders.pack(
            life.member_id,
            pack_version_id=life.story.group.packs[code],
            packs_seen=desk_sales.packs_of(life.member_id),
            payer=Payer(way, place, None, None),
            by=life.staff("desk"),
        ),
    )


def give_a_card(life: Life) -> None:
    """Buy a gift card at the counter; a few weeks later somebody spends it on a pack."""
    place, worth = life.home, life.rng.choice(GIFT_CENTS)
    open_drawer(life.story, place)
    bought: list[UUID] = []

    def buy() -> None:
        card_id = new_id()
        desk_tenders.gift_card(
            life.member_id,
            amount_cents=worth,
            recipient_name="A friend",
            recipient_email=None,
            key=card_id,
            payer=Payer("terminal", place, None, None),
            by=life.staff("desk"),
        )
        bought.append(card_id)

    if life.tries("gift cards bought", buy):
        life.later(life.rng.randint(5, 40), lambda: _spend(life, bought[0]))


def open_drawer(story: Story, place: Location) -> None:
    """Open the studio's till for the day, unless it is open, and count it at closing time."""
    if till.current(place.id) is not None:
        return
    by, now = story.group.staff["desk"], story.world.now
    counted = _left(place)
    run_txn(lambda: till.open_one(place, counted_cents=counted, by=by, now=now))
    story.at(now + timedelta(hours=3), lambda: _count(story, place))


def _count(story: Story, place: Location) -> None:
    """Close the till; the notes go to the bank first, and now and then a coin is missing."""
    by, now = story.group.staff["desk"], story.world.now
    session = till.current(place.id)
    if session is None:
        return
    over = till_flow.flow(session).drawer_cents - FLOAT_CENTS
    if over > 0:
        run_txn(
            lambda: till_moves.move(
                place, "deposit", over, reason="Bank", key=new_id(), by=by, now=now
            )
        )
    flow = till_flow.flow(session)
    luck = session.id.int % 1000 / 1000
    off = OFF_BY[session.id.int % len(OFF_BY)] if luck < MISCOUNTS else 0
    run_txn(
        lambda: till.close(
            place,
            counted_cents=max(0, flow.drawer_cents + off),
            slips_cents=flow.slips_cents,
            note="Counted twice" if off else None,
            by=by,
            now=now,
        )
    )
    story.counts["tills counted"] += 1


def _spend(life: Life, card_id: UUID) -> None:
    """Buy a pack with the card, and what it does not cover at the terminal."""
    place, by = life.home, life.staff("desk")
    open_drawer(life.story, place)

    def spend() -> None:
        code = gift_cards.code_of(card_id)
        seen = taking.look_up(code, by=by, guesser=life.account_id)
        desk_tenders.pack(
            life.member_id,
            pack_version_id=life.story.group.packs["BOOSTER-3"],
            packs_seen=desk_sales.packs_of(life.member_id),
            payer=Payer("terminal", place, seen, None),
            by=by,
        )

    life.tries("gift cards spent", spend)


def _left(place: Location) -> int:
    """What the last count left in the drawer; a new one begins with its float."""
    closed = [
        one for one in till_flow.sessions_of(place.id, limit=1) if one.counted_cents is not None
    ]
    return closed[0].counted_cents or 0 if closed else FLOAT_CENTS
