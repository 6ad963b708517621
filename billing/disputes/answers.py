"""What a studio tells a bank about a dispute: written down before it is sent, and sent once.

Stripe takes one answer for good. Services; the calls to Stripe are billing/answer_sends.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from billing.disputes import answer_texts, evidence
from billing.models import Dispute, DisputeAnswer
from billing.rules.dispute import WAITING
from config import audit
from config.audit import Actor
from config.db import db
from config.errors import NotFound, Refused
from config.ids import new_id

REFUSALS = {
    "dispute_closed": "The bank has decided: nothing can be handed in any more.",
    "handed_in": "Evidence was handed in before: the bank takes one answer.",
}


def ask(dispute_id: UUID, *, by: Actor, now: datetime) -> UUID:
    """Write down what is to be handed in, as it stands now; asked twice it is one answer.

    What Stripe did not take may be asked for once more: it is gathered anew, for a person saw why.
    An inquiry and the dispute that comes of it are answered each for itself. Raises Refused
    "dispute_closed", and "handed_in" where somebody has noted that they did so by hand.
    """
    row = _locked(dispute_id)
    if row.state not in WAITING:
        raise Refused("dispute_closed", REFUSALS["dispute_closed"])
    before = _given(row)
    if before is not None and before.state != "failed":
        return before.id
    if row.evidence_noted_at is not None:
        raise Refused("handed_in", REFUSALS["handed_in"])
    answer = before or DisputeAnswer(id=new_id(), dispute_id=row.id, about=_about(row), looks=0)
    answer.state = "ready"
    answer.texts = dict(answer_texts.texts(evidence.gather(row.id)))
    answer.receipt_file = answer.failure_code = answer.finished_at = None
    answer.asked_by, answer.asked_at = by.id, now
    db.session.add(answer)
    db.session.flush()
    _record("dispute.answer_asked", row, by, now)
    return answer.id


def noted(dispute_id: UUID, *, by: Actor, now: datetime) -> None:
    """Write down that somebody handed evidence in on Stripe's page; a repeat changes nothing.

    Refused("dispute_closed") once the bank has decided.
    """
    row = _locked(dispute_id)
    if row.state not in WAITING:
        raise Refused("dispute_closed", REFUSALS["dispute_closed"])
    if row.evidence_noted_at is None:
        row.evidence_noted_at, row.evidence_noted_by = now, by.id
        db.session.flush()
        _record("dispute.evidence_noted", row, by, now)


def submitted(answer: DisputeAnswer, *, now: datetime) -> None:
    """The bank has it, whoever sent it; from now on nothing is handed in any more."""
    answer.state = "submitted"
    answer.lease_until_ms = None
    answer.failure_code = None
    answer.finished_at = now
    row = _locked(answer.dispute_id)
    if row.evidence_noted_at is None:
        row.evidence_noted_at, row.evidence_noted_by = now, answer.asked_by
    db.session.flush()
    _record("dispute.answered", row, Actor(answer.asked_by, "dispute answer"), now)


def failed(answer: DisputeAnswer, *, code: str, now: datetime) -> None:
    """Stripe takes it not at all: somebody hands it in by hand, if there is time."""
    answer.state = "failed"
    answer.lease_until_ms = None
    answer.failure_code = code[:60]
    answer.finished_at = now
    db.session.flush()


def one(answer_id: UUID) -> DisputeAnswer:
    """An answer as it stands now."""
    return db.session.get_one(DisputeAnswer, answer_id, populate_existing=True)


def current(dispute_id: UUID) -> DisputeAnswer | None:
    """The answer to what the bank wants to know now: the inquiry's, or the dispute's."""
    row = db.session.get_one(Dispute, dispute_id, populate_existing=True)
    return _given(row)


def _given(row: Dispute) -> DisputeAnswer | None:
    query = sa.select(DisputeAnswer).where(
        DisputeAnswer.dispute_id == row.id, DisputeAnswer.about == _about(row)
    )
    return db.session.scalars(query.execution_options(populate_existing=True)).first()


def _about(row: Dispute) -> str:
    return "inquiry" if row.state in ("inquiry", "closed") else "dispute"


def _locked(dispute_id: UUID) -> Dispute:
    row = db.session.get(Dispute, dispute_id, populate_existing=True, with_for_update=True)
    if row is None:
        raise NotFound("dispute")
    return row


def _record(action: str, row: Dispute, by: Actor, now: datetime) -> None:
    audit.record(
        actor=by,
        action=action,
        subject_type="dispute",
        subject_id=row.id,
        location_id=row.location_id,
        facts={"stripe_id": row.stripe_id},
        now=now,
    )
