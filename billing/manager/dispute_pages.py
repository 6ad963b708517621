"""Disputes: the list, one with its evidence, the file to hand in, and that it was handed in."""

from __future__ import annotations

from uuid import UUID

from flask import Response, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response as Answer

from billing.disputes import (
    answer_sends,
    answers,
    dispute_list,
    evidence,
    evidence_bundle,
    fraud_warnings,
)
from billing.invoices import files
from billing.manager.blueprint import actor, blueprint
from billing.payments import promised_calls
from config import clock, downloads
from config.db import run_txn
from config.errors import Refused
from locations import guard

SEE, ANSWER = "see_disputes", "answer_dispute"
_ON_ITS_WAY = ("It is on its way to the bank.", "success")
_SILENT = ("Stripe did not answer: it is tried again by itself until the day it is due.", "error")
_HANDED_IN = {
    "ready": _ON_ITS_WAY,
    "sending": _ON_ITS_WAY,
    "submitted": ("The bank has the evidence. It takes weeks to decide.", "success"),
    "failed": ("Stripe did not take it: please hand it in on Stripe's page.", "error"),
}


@blueprint.get("/manage/disputes")
@guard.staff(SEE, at="any")
def dispute_page() -> str:
    """Every dispute of one's studios; what is to be answered first comes first."""
    return render_template(
        "manage/disputes.html",
        rows=_listed(),
        warnings=fraud_warnings.waiting([place.id for place in guard.books_for(SEE)]),
        may_act={place.id for place in guard.places_for(ANSWER)},
        csv_url=url_for(".dispute_csv"),
        json_url=url_for(".dispute_json"),
        now=clock.now(),
    )


@blueprint.post("/manage/disputes/warnings/<uuid:warning_id>/looked-at")
@guard.staff(ANSWER, at="any")
def fraud_warning_looked_at(warning_id: UUID) -> Answer:
    """Somebody has looked at a warning of fraud, and lets the payment stand."""
    guard.require(ANSWER, fraud_warnings.location_of(warning_id))
    by, now = actor(), clock.now()
    run_txn(lambda: fraud_warnings.looked_at(warning_id, by=by, now=now))
    flash("It is noted that somebody looked at it.", "success")
    return redirect(url_for(".dispute_page"), 303)


@blueprint.get("/manage/disputes.csv")
@guard.staff(SEE, at="any")
def dispute_csv() -> Response:
    """The same for a spreadsheet."""
    return downloads.spreadsheet(dispute_list.as_csv(_listed()), name="disputes.csv")


@blueprint.get("/manage/disputes.json")
@guard.staff(SEE, at="any")
def dispute_json() -> Response:
    """The same for a program, in minor units."""
    return downloads.document(dispute_list.as_json(_listed()))


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
        answer=answers.current(row.id),
        answer_url=url_for(".dispute_answer", dispute_id=row.id),
        noted_url=url_for(".dispute_noted", dispute_id=row.id),
        back_url=url_for(".dispute_page"),
    )


@blueprint.get("/manage/disputes/<uuid:dispute_id>/evidence.zip")
@guard.staff(ANSWER, at="any")
def dispute_bundle(dispute_id: UUID) -> Response:
    """The same as a file to hand in."""
    return files.answer(evidence_bundle.made(_ours(dispute_id).id))


@blueprint.post("/manage/disputes/<uuid:dispute_id>/answer")
@guard.staff(ANSWER, at="any")
def dispute_answer(dispute_id: UUID) -> Answer:
    """Hand the evidence in to the bank, once."""
    row, by, now = _ours(dispute_id), actor(), clock.now()
    try:
        answer_id = run_txn(lambda: answers.ask(row.id, by=by, now=now))
    except Refused as refused:
        flash(refused.message, "error")
    else:
        answer_sends.send(answer_id)
        sent = answers.one(answer_id)
        silent = sent.failure_code == promised_calls.SILENT
        words, kind = _SILENT if silent else _HANDED_IN[sent.state]
        flash(words, kind)
    return redirect(url_for(".dispute_evidence", dispute_id=row.id), 303)


@blueprint.post("/manage/disputes/<uuid:dispute_id>/noted")
@guard.staff(ANSWER, at="any")
def dispute_noted(dispute_id: UUID) -> Answer:
    """Write down that the evidence was handed in."""
    row, by, now = _ours(dispute_id), actor(), clock.now()
    try:
        run_txn(lambda: answers.noted(row.id, by=by, now=now))
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
