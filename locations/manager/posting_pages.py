"""The entries behind a number of a report, each with its source, newest first."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from uuid import UUID

from flask import render_template, request
from flask import url_for as address_of

from config.errors import invalid_field
from config.fields import Id, SafeStr, Slug
from config.inputs import Input, read_form
from locations import guard, places, postings
from locations.manager.blueprint import blueprint
from locations.months_asked import month_named, one_of_mine
from locations.postings import After, Wanted
from locations.rules.entries import ACCOUNTS
from locations.rules.months import month_after

BEGINNING = date(2000, 1, 1)
_KIND = re.compile(r"[a-z_]{1,20}", re.ASCII)


class Asked(Input):
    """Which postings: months, a studio, accounts, kinds of events, a detail; a page's end."""

    location = Slug()
    first = SafeStr(most=7, data_key="from")
    last = SafeStr(most=7, required=True, data_key="to")
    span = SafeStr(most=6)
    account = SafeStr(most=200)
    kind = SafeStr(most=200)
    detail = SafeStr(most=60)
    after = Id()


@blueprint.get("/postings", endpoint="postings")
@guard.staff("see_revenue", at="any")
def postings_page() -> str:
    """One page of the postings that the address names, and what all of them sum to."""
    mine = guard.books_for("see_revenue")
    given = read_form(Asked, request.args)
    wanted = _wanted(given, [one_of_mine(given["location"], mine)] if "location" in given else mine)
    after = postings.position(given["after"]) if "after" in given else None
    found = postings.page(wanted, after)
    names = {str(place.id): place.name for place in places.all_ones()}
    return render_template(
        "manage/postings.html",
        found=found.rows,
        names=names,
        currency=mine[0].currency if mine else "USD",
        total_cents=postings.total_cents(wanted),
        wanted=wanted,
        following=_next_page(found.following),
    )


def _wanted(given: dict[str, Any], chosen: list[Any]) -> Wanted:
    last = month_named(given["last"], field="to")
    first = month_named(given.get("first", given["last"]), field="from")
    since, until = {
        "during": (first, month_after(last)),
        "before": (BEGINNING, first),
        "until": (BEGINNING, month_after(last)),
    }.get(given.get("span", "during"), (None, None))
    if since is None or until is None:
        raise invalid_field("/span", "Choose during, before or until.")
    ids: list[UUID] = [place.id for place in chosen]
    accounts = _listed(given, "account")
    if not ACCOUNTS.keys() >= set(accounts):
        raise invalid_field("/account", "There is no such account.")
    kinds = _listed(given, "kind")
    if not all(_KIND.fullmatch(kind) for kind in kinds):
        raise invalid_field("/kind", "There is no such event.")
    return Wanted(ids, since, until, accounts, kinds, given.get("detail", ""))


def _listed(given: dict[str, Any], name: str) -> list[str]:
    return given[name].split(",") if name in given else []


def _next_page(after: After | None) -> str:
    if after is None:
        return ""
    query: dict[str, Any] = request.args.to_dict() | {"after": str(after.entry_id)}
    return address_of("manager.postings", **query)
