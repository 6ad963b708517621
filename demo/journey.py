"""From the first click to maintenance: each act does one thing, and writes down what comes next."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from billing.joining import choices, joining
from billing.joining.choices import Choice
from billing.joining.joining import Enrolled, Signature
from billing.payments import hosted
from config.db import run_txn
from config.errors import Refused
from demo import beginnings, partings, purse, treasury, visiting, whims
from demo.life import Life
from membership.agreements import consent_words, documents
from membership.agreements.consent_words import Wording
from membership.rules.documents import KINDS

WINDOW_DAYS = 10
DAYS_IN_MONTH = 30.0
HEARD_OF_CODE = 0.2
WAS_AWAY, COMES_BACK, THINKS_AGAIN = 0.4, 0.12, 0.45
STARTER, EXTENSION, DROP_IN = "STARTER-3", "EXTENSION-1", "DROP-IN"


def join(life: Life) -> None:
    """Sign, agree or not, and pay on the hosted page; or leave it."""
    enrolled = run_txn(lambda: _enrol(life))
    life.account_id, life.member_id = enrolled.account.id, enrolled.member.id
    life.count("members who joined")
    attempt_id = enrolled.placed.attempt_id
    page = hosted.open_page(attempt_id, gateway=life.gateway, now=life.world.now)
    if life.habit.leaves_the_page:
        life.count("pages left")
        if life.rng.random() < 0.5:
            life.later(life.rng.randint(1, 3), lambda: _come_back(life))
        return
    purse.pay(life, page)
    if life.habit.drops_in:
        life.later(1, lambda: _now_and_then(life))
        return
    _begin(life)


def _enrol(life: Life) -> Enrolled:
    person, home, now = life.person, life.home, life.world.now
    code = DROP_IN if life.habit.drops_in else STARTER
    choice = choices.chosen(f"pack:{life.story.group.packs[code]}", home, now=now)
    if code == STARTER and life.rng.random() < HEARD_OF_CODE:
        choice = _cheaper(life, choice)
    return joining.enrol(
        joining.Person(None, None, person.name, person.email, person.phone, person.password),
        location=home,
        choice=choice,
        agreed=_agreed(life, choice),
        signature=Signature(
            person.name,
            tuple(documents.current(kind, location_id=home.id) for kind in KINDS),
            purse.ADDRESS,
            purse.AGENT,
        ),
        now=now,
    )


def _cheaper(life: Life, choice: Choice) -> Choice:
    """Type the code that a friend told of, as long as there are uses left."""
    try:
        cheaper = choices.cheaper(choice, treasury.CODE, life.home, now=life.world.now)
    except Refused as refused:
        life.story.refusals["promotion code", refused.code] += 1
        return choice
    life.count("promotion codes used")
    return cheaper


def _agreed(life: Life, choice: Choice) -> Wording | None:
    """The box beside the starter: most tick it, and for one plan."""
    if life.habit.plan is None or not choice.is_starter:
        return None
    return consent_words.wording(
        plan_version_id=life.story.group.plans[life.habit.plan],
        location_id=life.home.id,
        pack_version_id=choice.pack_version_id,
        on=life.today,
    )


def _come_back(life: Life) -> None:
    if purse.buy_pack(life, STARTER):
        _begin(life)


def _begin(life: Life) -> None:
    """Come for the first session within days of buying; or never."""
    if life.habit.starter_visits:
        life.later(life.rng.randint(1, 6), lambda: _first_session(life))


def _first_session(life: Life) -> None:
    if not visiting.come(life):
        return
    window_ends = life.today + timedelta(days=WINDOW_DAYS)
    day = life.today
    for _ in range(life.habit.starter_visits - 1):
        day += timedelta(days=life.rng.randint(1, 4))
        life.on(day, partial(visiting.come, life))
    if life.habit.extends:
        life.on(window_ends - timedelta(days=1), lambda: _extend(life))
    if life.habit.takes_consent_back:
        life.on(window_ends - timedelta(days=2), lambda: purse.take_consent_back(life))
    if life.habit.trouble == "never_starts":
        purse.refuse_from(life, window_ends)
    if life.habit.starter_visits == 1 and life.rng.random() < WAS_AWAY:
        life.later(life.rng.randint(5, 14), lambda: _catch_up(life))
    whims.come_to(life, whims.OF_STARTERS)
    if life.habit.plan is None and life.rng.random() < COMES_BACK:
        life.later(life.rng.randint(60, 200), lambda: _start_again(life))
    if life.habit.later_plan:
        life.on(window_ends + timedelta(days=life.rng.randint(1, 20)), lambda: _decide(life))
    # An extension moves the plan's start, so look for it some days after.
    first_look = WINDOW_DAYS + (12 if life.habit.extends else 1)
    life.on(life.today + timedelta(days=first_look), lambda: _settle_in(life))


def _catch_up(life: Life) -> None:
    if beginnings.more_days(life):
        life.later(1, partial(visiting.come, life))
        life.later(2, partial(visiting.come, life))


def _start_again(life: Life) -> None:
    if beginnings.once_more(life):
        _begin(life)


def _extend(life: Life) -> None:
    if purse.buy_pack(life, EXTENSION):
        life.later(1, partial(visiting.come, life))


def _decide(life: Life) -> None:
    assert life.habit.later_plan is not None, "only who thinks about it decides"
    if purse.buy_plan(life, life.habit.later_plan):
        life.later(1, lambda: _settle_in(life))
        if life.rng.random() < THINKS_AGAIN:
            life.later(2, partial(partings.think_again, life))


def _settle_in(life: Life) -> None:
    """A plan runs, or not; with one, life goes on by habit."""
    plan = life.plan()
    if plan is None or not life.habit.monthly:
        return
    life.count("plans begun")
    life.later(1, lambda: _routine(life))
    whims.come_to(life, whims.OF_PLANS)
    if life.habit.trouble:
        purse.befall(life, plan.anchor)
    if life.habit.stays:
        months = life.rng.randint(*life.habit.stays)
        days = int(months * DAYS_IN_MONTH) - life.rng.randint(2, 12)
        life.on(plan.anchor + timedelta(days=days), lambda: partings.cancel(life))


def _routine(life: Life) -> None:
    """Come, and come again after about as long as always; stop when there is no plan any more."""
    plan = life.plan()
    if plan is None:
        return
    if plan.status != "frozen" and not visiting.come(life):
        visiting.make_do(life)
    gap = DAYS_IN_MONTH / life.habit.monthly * life.rng.uniform(0.6, 1.4)
    life.later(max(1, round(gap)), lambda: _routine(life))


def _now_and_then(life: Life) -> None:
    """Use a single session, and buy the next one some weeks later."""
    visiting.come(life)
    life.later(life.rng.randint(20, 60), lambda: _another_one(life))


def _another_one(life: Life) -> None:
    if purse.buy_pack(life, DROP_IN):
        life.later(life.rng.randint(1, 5), lambda: _now_and_then(life))
