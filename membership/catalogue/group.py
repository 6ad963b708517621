"""A group as its file tells it: studios opened, taxes dated, the price list brought up to it.

Nothing that stands is edited: what the file changes becomes a new version or a new dated rate,
and what cannot become one (a studio's zone, a rate that began already) is a problem.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from config import audit
from config.audit import Actor
from config.db import db
from config.errors import FieldProblem, Invalid
from config.formats import percent
from locations import places, tax_rates
from locations.models import LegalEntity, Location, TaxRate
from membership.catalogue import price_list
from membership.rules.price_list import Change, twins

Rows = Sequence[Mapping[str, Any]]

_SAID_ONCE = (
    ("entity", "name"),
    ("location", "slug"),
    ("location", "number_prefix"),
    ("pack", "code"),
    ("plan", "code"),
)
_KEPT = ("name", "zone", "currency", "jurisdiction", "address", "number_prefix", "opened_on")


def load(given: Mapping[str, Any], *, by: Actor, now: datetime) -> list[Change]:
    """Bring the group up to a read `GroupFile`; says of every line what became of it.

    Raises Invalid with all that does not fit, each with its place in the file; the caller's
    transaction then keeps nothing. The same file again changes nothing.
    """
    done: list[Change] = []
    problems = [*_twice(given), *_entity_problems(given["entity"], given["location"])]
    doubtful = {problem.field.rpartition("/")[0] for problem in problems}
    for n, one in enumerate(given["location"]):
        if f"/location/{n}" not in doubtful:
            problems.extend(_bring_location(f"/location/{n}", one, given["entity"], done))
    to_come = {one["slug"] for one in given["location"]}
    problems.extend(price_list.bring(given, doubtful, to_come, done))
    if problems:
        raise Invalid(fields=problems)
    fresh = [f"{one.what} {one.name}" for one in done if one.outcome != "unchanged"]
    if fresh:
        audit.record(
            actor=by,
            action="group.loaded",
            subject_type="group",
            subject_id=None,
            location_id=None,
            facts={"changes": fresh},
            now=now,
        )
    return done


def _twice(given: Mapping[str, Any]) -> Iterator[FieldProblem]:
    for kind, name in _SAID_ONCE:
        for n in twins(one[name] for one in given[kind]):
            yield FieldProblem(f"/{kind}/{n}/{name}", "The file says this twice.")


def _entity_problems(entities: Rows, locations: Rows) -> Iterator[FieldProblem]:
    """An entity without a studio, a studio without one, and another account than it has."""
    named = {one["name"] for one in entities}
    for n, location in enumerate(locations):
        if location["legal_entity"] not in named:
            yield FieldProblem(f"/location/{n}/legal_entity", "No [[entity]] has this name.")
    owners = {one["legal_entity"] for one in locations}
    for n, entity in enumerate(entities):
        if entity["name"] not in owners:
            yield FieldProblem(f"/entity/{n}/name", "No [[location]] belongs to it.")
        stands = db.session.scalar(
            sa.select(LegalEntity.stripe_account).where(LegalEntity.name == entity["name"])
        )
        if stands not in (None, entity["stripe_account"]):
            yield FieldProblem(f"/entity/{n}/stripe_account", f"It has the account {stands}.")


def _bring_location(
    path: str, one: Mapping[str, Any], entities: Rows, done: list[Change]
) -> Iterator[FieldProblem]:
    location = db.session.scalar(sa.select(Location).where(Location.slug == one["slug"]))
    if location is None:
        if _prefix_taken(one["number_prefix"]):
            yield FieldProblem(f"{path}/number_prefix", "Another location has this prefix.")
            return
        account = next(e["stripe_account"] for e in entities if e["name"] == one["legal_entity"])
        location = places.open_place(
            **{name: one[name] for name in _KEPT},
            slug=one["slug"],
            legal_entity=one["legal_entity"],
            stripe_account=account,
        )
        done.append(Change("location", one["name"], "opened"))
    else:
        yield from _moved(path, location, one)
        done.append(Change("location", one["name"], "unchanged"))
    for n, tax in enumerate(one["tax"]):
        yield from _bring_tax(f"{path}/tax/{n}", location, tax, done)


def _prefix_taken(prefix: str) -> bool:
    query = sa.select(Location.id).where(Location.number_prefix == prefix)
    return db.session.scalar(query) is not None


def _moved(path: str, location: Location, one: Mapping[str, Any]) -> Iterator[FieldProblem]:
    """What the file says of an open studio otherwise than it is."""
    entity = db.session.get_one(LegalEntity, location.legal_entity_id)
    stands = {name: getattr(location, name) for name in _KEPT} | {"legal_entity": entity.name}
    for name, value in stands.items():
        if one[name] != value:
            message = f"{location.slug} is open with another: {value}"
            yield FieldProblem(f"{path}/{name}", message)


def _bring_tax(
    path: str, location: Location, tax: Mapping[str, Any], done: list[Change]
) -> Iterator[FieldProblem]:
    begins = tax["effective_from"]
    query = sa.select(TaxRate).where(
        TaxRate.location_id == location.id, TaxRate.effective_from == begins
    )
    stands = {rate.product_class: rate for rate in db.session.scalars(query)}
    fresh = [one for one in dict.fromkeys(tax["classes"]) if one not in stands]
    for product_class in fresh:
        tax_rates.begin(
            location_id=location.id,
            product_class=product_class,
            name=tax["name"],
            rate_ppm=tax["percent"],
            effective_from=begins,
        )
    for product_class, other in sorted(stands.items()):
        asked = product_class in tax["classes"]
        if asked and (other.name, other.rate_ppm) != (tax["name"], tax["percent"]):
            message = (
                f"For a {product_class}, {other.name} ({percent(other.rate_ppm)}) begins that day"
                " already: give a new rate a day of its own."
            )
            yield FieldProblem(f"{path}/effective_from", message)
    name = f"{location.name}, {tax['name']} from {begins}"
    done.append(Change("tax", name, "new" if fresh else "unchanged"))
