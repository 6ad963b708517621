"""Standing at a desk: let in, or told why not; and what people do when no session is left."""

from __future__ import annotations

from functools import partial

from config.db import run_txn
from config.errors import Refused
from demo import counter, desk, feelings, purse
from demo.life import Life
from locations.models import Location
from membership.visits import visits

MOST_BOOSTERS = 3
WANTS_ONE_MORE = 0.4
AT_THE_DESK = 0.6
BOOSTER = "BOOSTER-3"


def come(life: Life) -> bool:
    """Stand at a desk; whether they were let in."""
    place = _somewhere(life)
    try:
        visit = run_txn(
            lambda: visits.check_in(
                life.member_id,
                location_id=place.id,
                by_account_id=life.staff("desk").id,
                request_key=None,
                now=life.world.now,
            )
        )
    except Refused:
        life.count("refused at the desk")
        return False
    life.count("visits")
    desk.perhaps_take_back(life, visit.id)
    feelings.after_session(life)
    return True


def _somewhere(life: Life) -> Location:
    """Home; for who travels, now and then another studio."""
    if life.habit.roams and life.rng.random() < 0.4:
        return life.rng.choice(list(life.story.group.studios.values()))
    return life.home


def make_do(life: Life) -> None:
    """No session is left: buy a few, or one, or wait for the next period."""
    if life.habit.boosts and life.boosters < MOST_BOOSTERS:
        _relapse(life)
    elif life.rng.random() < WANTS_ONE_MORE:
        desk.one_more(life, life.home)


def _relapse(life: Life) -> None:
    sell = purse.buy_pack
    if life.rng.random() < AT_THE_DESK:
        sell = counter.sell_pack if life.rng.random() < counter.AT_COUNTER else desk.sell_pack
    if sell(life, BOOSTER):
        life.boosters += 1
        life.later(1, partial(come, life))
