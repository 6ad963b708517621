"""Disputes: the list, one with its evidence, the file to hand in, and that it was handed in."""

from __future__ import annotations

import json
from uuid import UUID

from flask import Response, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response as Answer

from billing import dispute_list, evidence, evidence_bundle, files
from billing.manager.blueprint import actor, blueprint
from config import clock
from config.db import run_txn
from config.errors import Refused
from locations import guard

SEE, ANSWER = "see_disputes", "answer_dispute"


@blueprint.get("/manage/disputes")
@guard.staff(SEE, at="any")
def dispute_page() -> str:
    """Every dispute of one's studios; what is to be answered first comes first."""
    return render_template(
        "manage/disputes.html",
        rows=_listed(),
        csv_url=url_for(".dispute_csv"),
        json_url=url_for(".dispute_json"),
        now=clock.now(),
    )


@blueprint.get("/manage/disputes.csv")
@guard.staff(SEE, at="any")
def dispute_csv() -> Response:
    """The same for a spreadsheet."""
    answer = Response(dispute_list.as_csv(_listed()), mimetype="text/csv")
    answer.headers.set("Content-Disposition", "attachment", filename="disputes.csv")
    return answer


@blueprint.get("/manage/disputes.json")
@guard.staff(SEE, at="any")
def dispute_json() -> Response:
    """The same for a program, in minor units."""
    return Response(json.dumps(dispute_list.as_json(_listed())), mimetype="application/json")


@blueprint.get("/manage/disputes/<uuid:dispute_id>")
@guard.staff(ANSWER, at="any")
def dispute_evidence(dispute_id: UUID) -> str:
    """One dispute, and all that speaks for the payment."""
    row = _ours(dispute_id)
    return render_template(
        "manage/dispute.html",
        row=row,
        found=evidence.gather(row.id),
        bundle_url=url_for(".dispute_bundle", dispute_id=row.id),
        noted_url=url_for(".dispute_noted", dispute_id=row.id),
        back_url=url_for(".dispute_page"),
    )


@blueprint.get("/manage/disputes/<uuid:dispute_id>/evidence.zip")
@guard.staff(ANSWER, at="any")
def dispute_bundle(dispute_id: UUID) -> Response:
    """The same as a file to hand in."""
    return files.answer(evidence_bundle.made(_ours(dispute_id).id))


@blueprint.post("/manage/disputes/<uuid:dispute_id>/noted")
@guard.staff(ANSWER, at="any")
def dispute_noted(dispute_id: UUID) -> Answer:
    """Write down that the evidence was handed in."""
    row, by, now = _ours(dispute_id), actor(), clock.now()
    try:
        run_txn(lambda: dispute_list.note_evidence(row.id, by=by, now=now))
    except Refused as refused:
        flash(refused.message, "error")
    else:
        flash("It is noted that the evidence was handed in.", "success")
    return redirect(url_for(".dispute_evidence", dispute_id=row.id), 303)


def _listed() -> list[dispute_list.Row]:
    return dispute_list.listed([place.id for place in guard.books_for(SEE)])


def _ours(dispute_id: UUID) -> dispute_list.Row:
    row = dispute_list.one(dispute_id)
    guard.require(ANSWER, row.location_id)
    return row
