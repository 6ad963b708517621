"""Is every report there within 100 ms, over five million postings at fifty studios?

`python -m benchmarks.reports_at_scale [--postings 5000000] [--kind sqlite postgresql]` fills three
years of books with all that they speak of, and asks for each report as an owner would: one month
and twelve, of all studios, down to the text of its file; and for what stands behind its numbers.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial

import sqlalchemy as sa

from benchmarks import filled_books, ground
from benchmarks.filled_books import LAST, NOW
from billing.invoices import ageing, owed_invoices
from billing.reconciling import payout_report
from billing.recovery import recovery_report
from billing.taxed import taxed_listing, taxed_sales
from billing.tenders import till_report
from config.db import db
from locations import (
    postings,
    revenue,
    roll_forward,
    sales_tax,
    settlements,
    tables,
    trial_balance,
    unclaimed,
    unclaimed_parts,
)
from locations.listing_pages import PAGE, Query
from locations.months_asked import Asked
from locations.postings import Wanted
from membership.credits import liability, open_credits
from membership.mrr import churn_report, mrr_moves, mrr_report

TARGET_MS = 100
ROUNDS = 15
YEAR, AFTER = date(2026, 1, 1), date(2027, 1, 1)
REPORTS = {
    "roll-forward": roll_forward.table,
    "trial balance": trial_balance.table,
    "sales tax": sales_tax.table,
    "between locations": settlements.table,
    "expired, unclaimed": unclaimed.table,
    "taxed sales": taxed_sales.table,
    "recurring revenue": mrr_report.table,
    "churn and each plan's": churn_report.table,
}
NOW_REPORTS = {"owed to members": liability.table, "receivables by age": ageing.table}
Ask = Callable[[], object]


def main() -> None:
    """Fill each database once and ask it often."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postings", type=int, default=5_000_000)
    parser.add_argument("--kind", nargs="+", choices=ground.KINDS, default=ground.KINDS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args()
    for kind in given.kind:
        with ground.opened(kind):
            places = filled_books.studios()
            filled_books.fill(int(given.postings / filled_books.PER_ENTRY), places)
            count = db.session.scalar(sa.text("SELECT count(*) FROM posting"))
            print(f"{kind}: {count:,} postings at {len(places)} studios", flush=True)
            for months, first in ((1, LAST), (12, YEAR)):
                for name, ask in _reports(Asked(first, LAST, places, NOW)).items():
                    _show(f"{kind}, {months:2} months, {name}", ask, rounds=given.rounds)
            now = Asked(LAST, LAST, places, NOW)
            for name, ask in (_as_of_now(now) | _behind(now)).items():
                _show(f"{kind}, {name}", ask, rounds=given.rounds)


def _reports(asked: Asked) -> dict[str, Ask]:
    """The reports about months, each down to the text of its file."""
    ids = [place.id for place in asked.chosen]
    months = {"first": asked.first, "last": asked.last}
    found: dict[str, Ask] = {
        "revenue": lambda: tables.as_csv(
            revenue.table(revenue.by_month(location_ids=ids, **months))
        )
    }
    for name, build in REPORTS.items():
        found[name] = lambda build=build: tables.as_csv(build(asked))
    found["recovered payments"] = lambda: tables.as_csv(
        recovery_report.by_month(asked.chosen, **months)
    )
    if asked.first == asked.last:  # its page shows a month
        found["payouts"] = lambda: tables.as_csv(
            payout_report.as_table(payout_report.parts(asked.chosen, placeless="with", **months))
        )
    return found


def _as_of_now(asked: Asked) -> dict[str, Ask]:
    """How things stand, and how one day ended."""
    found: dict[str, Ask] = {
        name: partial(_file_of, build, asked) for name, build in NOW_REPORTS.items()
    }
    day = date(2026, 12, 15)
    found["end of day"] = lambda: tables.as_csv(till_report.of_day(asked.chosen[0], day))
    return found


def _behind(asked: Asked) -> dict[str, Ask]:
    """What numbers lead to: a page of postings, of invoices, of lines, of moves."""
    ids = [place.id for place in asked.chosen]
    one = Wanted(ids[:1], YEAR, AFTER, ["breakage"], ["expiry"])
    of_product = replace(one, detail="P3", accounts=["deferred_sessions"], kinds=[])
    found: dict[str, Ask] = {}
    for name, wanted in (
        ("of one studio", one),
        ("of all studios", replace(one, location_ids=ids)),
        ("of a product", of_product),
    ):
        found[f"postings {name}"] = partial(_postings, wanted)
    rate = {"what": "sold", "tax": f"Tax of {asked.chosen[0].name}", "ppm": 100_000}
    here = Query(asked.chosen[:1], LAST, AFTER, rate | {"product_class": "plan"}, 0, PAGE, NOW)
    found["lines of a tax"] = lambda: taxed_listing.table(here)
    old = replace(here, chosen=asked.chosen, given={"age": "days_over_90_cents"})
    found["invoices of an age"] = lambda: owed_invoices.table(old)
    ever = replace(here, given={}, since=date(2000, 1, 1))
    found["expiries unclaimed"] = lambda: unclaimed_parts.table(replace(ever, since=YEAR))
    found["sessions left"] = lambda: open_credits.table(ever)
    found["moves of one studio"] = lambda: mrr_moves.table(ever)
    return found


def _file_of(build: Callable[[Asked], tables.Table], asked: Asked) -> str:
    return tables.as_csv(build(asked))


def _postings(wanted: Wanted) -> tuple[postings.Sums, postings.Found]:
    return postings.sums(wanted), postings.page(wanted, None)


def _show(what: str, ask: Ask, *, rounds: int) -> None:
    """The quickest of many rounds: what others do on the machine only ever adds."""
    took, cpu = [], []
    for _ in range(rounds):
        began, own = time.perf_counter(), time.thread_time()
        ask()
        took.append((time.perf_counter() - began) * 1e3)
        cpu.append((time.thread_time() - own) * 1e3)
        db.session.rollback()
    verdict = "" if min(took) < TARGET_MS else "  over the target"
    print(f"{what:44} {min(took):7.1f} ms, {min(cpu):7.1f} ms CPU{verdict}", flush=True)


if __name__ == "__main__":
    main()
