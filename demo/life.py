"""Somebody who lives with the studios: who they are, and when they act next."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from uuid import UUID

from billing.gateway import Gateway
from config.audit import Actor
from config.errors import Refused, Unavailable
from demo.habits import Habit, Person
from demo.story import Act, Story
from demo.world import World
from locations import places
from locations.models import Location
from membership.models import Membership
from membership.plans import membership_rows

OPENS, CLOSES = 11 * 60, 19 * 60 + 30


@dataclass
class Life:
    """A person with their own luck, and the ids under which the house knows them.

    `slug` is the studio they call home; `feels` is how they are, from 0 to 10, and those who
    `gauges` is true of note it.
    """

    story: Story
    person: Person
    rng: Random
    slug: str = field(init=False)
    member_id: UUID = field(init=False)
    account_id: UUID = field(init=False)
    boosters: int = 0
    gauges: bool = False
    feels: int = 5

    def __post_init__(self) -> None:
        self.slug = self.person.slug

    @property
    def world(self) -> World:
        """Where they live."""
        return self.story.world

    @property
    def gateway(self) -> Gateway:
        """The door to Stripe that their pages use."""
        return self.world.gateway

    @property
    def habit(self) -> Habit:
        """How they behave."""
        return self.person.habit

    @property
    def home(self) -> Location:
        """The studio they call home."""
        return self.story.group.studios[self.slug]

    @property
    def today(self) -> date:
        """The date at home."""
        return places.business_date(self.home, self.world.now)

    @property
    def self_service(self) -> Actor:
        """They themselves, at their own page."""
        return Actor(self.account_id, "member")

    def staff(self, who: str) -> Actor:
        """Who does something for them: "desk", "manager" or "owner"."""
        return self.story.group.staff[who]

    def plan(self) -> Membership | None:
        """The plan they hold now, if any."""
        return membership_rows.live_for(self.member_id)

    def wall(self, plan: Membership) -> date:
        """The date where a plan is billed."""
        return places.business_date(places.get(plan.location_id), self.world.now)

    def on(self, day: date, act: Act) -> None:
        """Do something on a day, at some minute when the studio is open."""
        self.story.on(day, self.rng.randrange(OPENS, CLOSES), self.slug, act)

    def later(self, days: int, act: Act) -> None:
        """Do something in so many days."""
        self.on(self.today + timedelta(days=days), act)

    def count(self, what: str) -> None:
        """Note that something happened, for the account of the year."""
        self.story.counts[what] += 1

    def tries(self, what: str, act: Act) -> bool:
        """Do something that may be refused by name, or put off while a payment is being made.

        Whether it came to be, which is counted.
        """
        self.world.meet()
        try:
            act()
        except (Refused, Unavailable) as refused:
            self.story.refusals[what, refused.code] += 1
            self.count("refused by name")
            return False
        self.count(what)
        return True
