"""`taper adopt` and `taper reconcile`: look at Stripe now, without waiting for the clock."""

from __future__ import annotations

import json
import sys
from collections import Counter
from datetime import UTC, datetime

import click
from flask.cli import with_appcontext

from billing import accounts
from billing.gateway import GatewayRefused, OutcomeUnknown, Throttled
from billing.payments.collect import collecting
from billing.reconciling import adoption, reconciling
from config import clock
from config.errors import Unavailable


@click.command("adopt")
@click.option(
    "--since", type=click.DateTime(["%Y-%m-%d"]), help="First day to look at (UTC); else all."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_appcontext
def adopt(since: datetime | None, as_json: bool) -> None:
    """Take over what Stripe collected and our rows do not tell of, as after a restore.

    A run does so by itself before its first charge; this looks further back, and says what it
    found. Nothing is charged.
    """
    now = clock.now()
    first = 0 if since is None else int(since.replace(tzinfo=UTC).timestamp())
    told: dict[str, dict[str, int]] = {}
    for account in accounts.in_use(collecting().gateway):
        try:
            found = adoption.adopt(account, since=first, until=int(now.timestamp()) + 1, now=now)
        except (OutcomeUnknown, Throttled, GatewayRefused) as silence:
            raise Unavailable(
                "stripe_unreachable", f"Stripe does not answer: {silence}"
            ) from silence
        told[account.name] = {said: found[said] for said in _FOUND}
        if not as_json:
            click.echo(f"{account.name}: {_told(found)}")
    if as_json:
        click.echo(json.dumps(told, indent=2))


@click.command("reconcile")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_appcontext
def reconcile(as_json: bool) -> None:
    """Import what moved at Stripe, book it, and write down what differs; once a day and account."""
    found = reconciling.work()
    if as_json:
        click.echo(json.dumps({said: found[said] for said in _WORDS}, indent=2))
    else:
        click.echo(", ".join(f"{count} {_WORDS[said]}" for said, count in sorted(found.items())))
    if found["silent"]:
        sys.exit(4)


def _told(found: Counter[str]) -> str:
    parts = [f"{found[said]} {words}" for said, words in _FOUND.items() if found[said]]
    return ", ".join(parts) or "nothing that we did not know"


_WORDS = {
    "done": "looked at",
    "over": "looked at before today",
    "idle": "never used",
    "silent": "did not answer",
}
_FOUND = {
    "adopted": "adopted",
    "stray": "waiting for an invoice or a person",
    "second": "for an invoice that does not ask for it: see what is parked",
    "left": "in a worker's hands",
}
