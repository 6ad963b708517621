"""Somebody who lives with the studios: who they are, and when they act next."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from uuid import UUID

from billing.gateway import Gateway
from config.audit import Actor
from demo.habits import Habit, Person
from demo.story import Act, Story
from demo.world import World
from locations import places
from locations.models import Location
from membership import memberships
from membership.models import Membership

OPENS, CLOSES = 11 * 60, 19 * 60 + 30


@dataclass
class Life:
    """A person with their own luck, and the ids under which the house knows them."""

    story: Story
    person: Person
    rng: Random
    member_id: UUID = field(init=False)
    account_id: UUID = field(init=False)
    boosters: int = 0

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
        """The studio they joined."""
        return self.story.group.studios[self.person.slug]

    @property
    def today(self) -> date:
        """The date at home."""
        return places.business_date(self.home, self.world.now)

    @property
    def self_service(self) -> Actor:
        """They themselves, at their own page."""
        return Actor(self.account_id, "member")

    def plan(self) -> Membership | None:
        """The plan they hold now, if any."""
        return memberships.live_for(self.member_id)

    def on(self, day: date, act: Act) -> None:
        """Do something on a day, at some minute when the studio is open."""
        self.story.on(day, self.rng.randrange(OPENS, CLOSES), self.person.slug, act)

    def later(self, days: int, act: Act) -> None:
        """Do something in so many days."""
        self.on(self.today + timedelta(days=days), act)

    def count(self, what: str) -> None:
        """Note that something happened, for the account of the year."""
        self.story.counts[what] += 1
