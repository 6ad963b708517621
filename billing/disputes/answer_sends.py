"""Hands answers in to the bank, and finds out whether it has them. An edge.

The shape is that of a refund: stored first, under keys of its own; silence is no answer; and it
is looked before anything is sent, for a dispute that is under review has been answered already.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from functools import partial
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa

from billing.disputes import answers
from billing.gateway import Gateway, GatewayRefused
from billing.invoices import documents
from billing.models import Dispute, DisputeAnswer
from billing.payments import promised_calls
from billing.payments.collect import collecting
from billing.rules import dispute as rule
from billing.rules.refund import look_again_after
from config import clock
from config.db import db, run_txn
from config.errors import NotFound

PAGE = 50
# What Stripe finds wrong with the evidence itself; anything else may be taken in an hour.
_FINAL = (400, 404)


class Leased(NamedTuple):
    """An answer in one worker's hands; `stripe_id` is the dispute's."""

    answer_id: UUID
    stripe_id: str
    stripe_account: str
    invoice_id: UUID
    texts: dict[str, str]
    receipt_file: str | None
    key: str
    until_ms: int

    def require(self, call_ms: int) -> None:
        """Raise LeaseLost unless a call of this length fits into what is left."""
        promised_calls.require_time(self.until_ms, call_ms=call_ms, what=self.answer_id)


def work(*, limit: int = PAGE) -> Counter[str]:
    """Hand in what is asked for, and look at what is on its way; counts by what became of it."""
    return Counter(send(answer_id) for answer_id in _due(limit))


def send(answer_id: UUID) -> str:
    """Take one answer as far as Stripe lets it go; its state, "unknown" or "taken"."""
    with_what = collecting()
    leased = run_txn(lambda: _take(answer_id, with_what.lease_ms))
    if leased is None:
        return "taken"
    try:
        gateway = with_what.gateway.at(leased.stripe_account)
        status = promised_calls.answered(lambda: _hand_in(leased, gateway), final=_FINAL)
    except promised_calls.NotYet as silence:
        run_txn(partial(_keep_trying, answer_id, silence))
        return "unknown"
    except GatewayRefused as refusal:
        code = refusal.code
        return run_txn(lambda: _close(answer_id, code, clock.now()))
    code = None if rule.is_answered(status) else "too_late"
    return run_txn(lambda: _close(answer_id, code, clock.now()))


def _due(limit: int) -> list[UUID]:
    ready = DisputeAnswer.state == "ready"
    ran_out = sa.and_(
        DisputeAnswer.state == "sending", DisputeAnswer.lease_until_ms <= clock.lease_now_ms()
    )
    query = sa.select(DisputeAnswer.id).where(sa.or_(ready, ran_out)).order_by(DisputeAnswer.id)
    found = list(db.session.scalars(query.limit(limit)))
    db.session.rollback()  # no connection is kept while Stripe is asked
    return found


def _take(answer_id: UUID, lease_ms: int) -> Leased | None:
    """T1: lease an answer that is ready, or whose last lease ran out; None if it is not free."""
    answer, now_ms = _locked(answer_id), clock.lease_now_ms()
    ran_out = answer.state == "sending" and (answer.lease_until_ms or 0) <= now_ms
    if answer.state != "ready" and not ran_out:
        return None
    again_ms = int(look_again_after(answer.looks).total_seconds() * 1000)
    answer.state = "sending"
    answer.looks += 1
    answer.lease_until_ms = now_ms + max(lease_ms, again_ms)
    db.session.flush()
    row = db.session.get_one(Dispute, answer.dispute_id)
    return Leased(
        answer_id=answer.id,
        stripe_id=row.stripe_id,
        stripe_account=row.stripe_account,
        invoice_id=row.invoice_id,
        texts=dict(answer.texts),
        receipt_file=answer.receipt_file,
        # One for each look: the bank takes a single answer, so what the key must keep is only
        # that the SDK's own second try is not another one; a remembered 500 would waste a day.
        key=f"ev:{answer.id}:{answer.looks}",
        until_ms=now_ms + lease_ms,
    )


def _hand_in(leased: Leased, gateway: Gateway) -> str:
    """The dispute's status once the bank has the answer, or cannot have it any more."""
    leased.require(gateway.call_budget_ms)
    seen = gateway.retrieve_dispute(leased.stripe_id)
    if not rule.asks(seen.status) or rule.is_past(seen.due_by, now_s=clock.now().timestamp()):
        return seen.status
    evidence = {**leased.texts, "receipt": leased.receipt_file or _receipt(leased, gateway)}
    leased.require(gateway.call_budget_ms)
    try:
        seen = gateway.submit_evidence(leased.stripe_id, key=leased.key, evidence=evidence)
        return seen.status
    except GatewayRefused:
        leased.require(gateway.call_budget_ms)
        status = gateway.retrieve_dispute(leased.stripe_id).status
        if rule.asks(status):
            raise
        return status


def _receipt(leased: Leased, gateway: Gateway) -> str:
    """Stripe's id of the receipt; one that was lost on the way is sent again, and does no harm."""
    made = documents.receipt(leased.invoice_id)
    db.session.rollback()
    leased.require(gateway.call_budget_ms)
    file_id = gateway.upload_evidence(made.content, name=made.name, key=f"{leased.key}:receipt")

    def keep() -> None:
        _locked(leased.answer_id).receipt_file = file_id

    run_txn(keep)
    return file_id


def _close(answer_id: UUID, code: str | None, now: datetime) -> str:
    answer = _locked(answer_id)
    if answer.state == "sending" and code is None:
        answers.submitted(answer, now=now)
    elif answer.state == "sending" and code is not None:
        answers.failed(answer, code=code, now=now)
    return answer.state


def _keep_trying(answer_id: UUID, silence: promised_calls.NotYet) -> None:
    """Nobody knows yet whether the bank has it: why is shown, until the next look tells."""
    answer = _locked(answer_id)
    if answer.state == "sending":
        answer.failure_code = silence.code[:60]
        if silence.wait_ms is not None:
            answer.lease_until_ms = clock.lease_now_ms() + silence.wait_ms
        db.session.flush()


def _locked(answer_id: UUID) -> DisputeAnswer:
    found = db.session.get(DisputeAnswer, answer_id, populate_existing=True, with_for_update=True)
    if found is None:
        raise NotFound("answer")
    return found
