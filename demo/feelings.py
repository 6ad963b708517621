"""How a session felt: noted by who agreed to it, and erased by who would rather not."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from config.db import run_txn
from demo import purse
from demo.life import Life
from membership.people import gauge
from membership.rules import gauge as rules

HOME_AFTER = timedelta(hours=1)
NOTES = 0.6
ERASES, WITHDRAWS = 0.006, 0.004


def agree(life: Life) -> None:
    """Agree to keeping notes, apart from everything else, and write the first one."""
    words = rules.wording(life.world.app.config["GROUP_NAME"])
    life.tries(
        "gauge consents",
        lambda: run_txn(
            lambda: gauge.agree(
                life.member_id,
                shown=words,
                current=words,
                now=life.world.now,
                address=purse.ADDRESS,
                agent=purse.AGENT,
            )
        ),
    )
    life.gauges = True
    _note(life)


def after_session(life: Life) -> None:
    """In the evening most write down how it felt; few change their mind about all of it."""
    if not life.gauges:
        return
    luck = life.rng.random()
    if luck < NOTES:
        life.story.at(life.world.now + HOME_AFTER, partial(_note, life))
    elif luck < NOTES + ERASES:
        run_txn(partial(gauge.erase, life.member_id))
        life.count("gauges erased")
    elif luck < NOTES + ERASES + WITHDRAWS:
        run_txn(partial(gauge.withdraw, life.member_id, now=life.world.now))
        life.count("gauge consents withdrawn")
        life.gauges = False


def _note(life: Life) -> None:
    """Better with time, with a bad week now and then."""
    seen = gauge.sessions(life.member_id, limit=1)
    if not seen or not life.gauges:
        return
    life.feels = min(10, max(0, life.feels + life.rng.choice((-4, -1, 0, 1, 1, 2))))
    life.tries(
        "sessions gauged",
        lambda: run_txn(
            lambda: gauge.note(
                seen[0].visit_id,
                member_id=life.member_id,
                score=life.feels,
                now=life.world.now,
            )
        ),
    )
