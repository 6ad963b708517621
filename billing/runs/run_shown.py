"""Runs, rehearsals and proofs as pages and machines read them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from billing.runs import proofs
from billing.runs.proofs import Proof, RunView
from billing.runs.rehearsals import MOST_NAMES, Before, Rehearsal, names_of
from locations.models import Location


def as_json(run: RunView, proof: Proof) -> dict[str, Any]:
    """A run with its proof as plain values; amounts in minor units."""
    return {
        "id": str(run.id),
        "location": run.place_name,
        "on": run.on.isoformat(),
        "state": run.state,
        "resumes": run.resumes,
        "currency": run.currency,
        "parked": run.parked,
        "started_at": run.started_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        "progress": proofs.progress(run),
        "proof": {
            **{name: figure and asdict(figure) for name, figure in sides(proof).items()},
            "holds": proof.holds,
            "as_rehearsed": proof.as_rehearsed,
        },
    }


def sides(proof: Proof) -> dict[str, Any]:
    """The figures of a proof by name, in the order of its equation."""
    return {
        "rehearsed": proof.rehearsed,
        "issued": proof.issued,
        "invoices": proof.invoices,
        "books": proof.books,
        "payments": proof.payments,
        "stripe": proof.stripe,
    }


def rehearsed(place: Location, found: Rehearsal, before: Before) -> dict[str, Any]:
    """A studio's rehearsal beside what the same day of the month before billed."""
    held = found.held[:MOST_NAMES]
    return {
        "place_name": place.name,
        "currency": place.currency,
        "found": found,
        "before": before,
        "more_cents": found.total_cents - before.total_cents,
        "more_count": found.count - before.count,
        "held": [
            {"name": ", ".join(names_of([one.membership_id])), "reason": one.reason} for one in held
        ],
    }
