"""The entries behind a number of a report, each with its source, newest first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import render_template, request
from flask import url_for as address_of

from config import clock
from config.errors import invalid_field
from config.fields import Id, SafeStr, Slug
from config.inputs import Input, read_form
from locations import guard, months_asked, places, postings
from locations.manager.blueprint import blueprint
from locations.models import JournalEntry, Location, Posting
from locations.months_asked import one_of_mine
from locations.postings import After, Sums, Wanted
from locations.rules.entries import ACCOUNTS

MOST_SOURCES = 20
_KIND = re.compile(r"[a-z_]{1,20}", re.ASCII)


class Asked(Input):
    """Which postings: months, a studio, accounts, kinds of events or all apart from some, a
    detail; a page's end. Or those of what made them, by key.
    """

    location = Slug()
    first = SafeStr(most=7, data_key="from")
    last = SafeStr(most=7, data_key="to")
    span = SafeStr(most=6)
    account = SafeStr(most=200)
    kind = SafeStr(most=200)
    apart = SafeStr(most=200)
    detail = SafeStr(most=60)
    after = Id()
    source = SafeStr(most=MOST_SOURCES * 37)


@blueprint.get("/postings", endpoint="postings")
@guard.staff("see_revenue", at="any")
def postings_page() -> str:
    """One page of the postings that the address names, and what all of them sum to."""
    mine = guard.books_for("see_revenue")
    given = read_form(Asked, request.args)
    if "source" in given:
        return _of_sources(given, mine)
    wanted = _wanted(given, [one_of_mine(given["location"], mine)] if "location" in given else mine)
    after = postings.position(given["after"]) if "after" in given else None
    found = postings.page(wanted, after)
    return _page(
        found.rows,
        mine,
        sums=postings.sums(wanted),
        accounts=wanted.accounts,
        kinds=wanted.kinds,
        following=_next_page(found.following),
    )


def _of_sources(given: dict[str, Any], mine: list[Location]) -> str:
    """What some invoices, payments and the like brought about."""
    accounts = _accounts(given)
    found = postings.of_sources(
        _sources(given["source"]), location_ids=[place.id for place in mine], accounts=accounts
    )
    debit_cents = sum(max(posting.amount_cents, 0) for _, posting in found)
    credit_cents = sum(max(-posting.amount_cents, 0) for _, posting in found)
    sums = Sums(debit_cents, credit_cents)
    return _page(found, mine, sums=sums, accounts=accounts, kinds=(), following="")


def _page(
    found: Sequence[tuple[JournalEntry, Posting]],
    mine: list[Location],
    *,
    sums: Sums,
    accounts: Sequence[str],
    kinds: Sequence[str],
    following: str,
) -> str:
    return render_template(
        "manage/postings.html",
        found=found,
        names={str(place.id): place.name for place in places.all_ones()},
        currency=mine[0].currency if mine else "USD",
        sums=sums,
        accounts=accounts,
        kinds=kinds,
        following=following,
    )


def _wanted(given: dict[str, Any], chosen: list[Location]) -> Wanted:
    if "last" not in given:
        raise invalid_field("/to", "This is needed.")
    since, until = months_asked.days(given, now=clock.now())
    ids = [place.id for place in chosen]
    kinds, apart = _kinds(given, "kind"), _kinds(given, "apart")
    return Wanted(ids, since, until, _accounts(given), kinds, apart, given.get("detail", ""))


def _kinds(given: dict[str, Any], field: str) -> list[str]:
    kinds = _listed(given, field)
    if not all(_KIND.fullmatch(kind) for kind in kinds):
        raise invalid_field(f"/{field}", "There is no such event.")
    return kinds


def _accounts(given: dict[str, Any]) -> list[str]:
    accounts = _listed(given, "account")
    if not ACCOUNTS.keys() >= set(accounts):
        raise invalid_field("/account", "There is no such account.")
    return accounts


def _sources(text: str) -> list[UUID]:
    found = text.split(",")
    try:
        return [UUID(one) for one in found[:MOST_SOURCES]]
    except ValueError:
        raise invalid_field("/source", "There is no such source.") from None


def _listed(given: dict[str, Any], name: str) -> list[str]:
    return given[name].split(",") if name in given else []


def _next_page(after: After | None) -> str:
    if after is None:
        return ""
    query: dict[str, Any] = request.args.to_dict() | {"after": str(after.entry_id)}
    return address_of("manager.postings", **query)
