"""Disputed charges, as Stripe keeps them: looked at, listed, answered. Nothing here moves money."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from billing.gateway import read
from billing.gateway.asking import Pages, ask, with_key
from billing.gateway.values import OutcomeUnknown

PAGE = 100


@dataclass(frozen=True, slots=True)
class DisputeSeen:
    """A dispute as last seen; `status` in Stripe's words, instants in epoch seconds."""

    id: str
    status: str
    amount_cents: int
    currency: str
    charge_id: str
    intent_id: str | None
    reason: str
    created: int
    due_by: int | None


class DisputeCalls:
    """The calls about disputes; a part of the one door."""

    _client: Any
    _pages: Pages

    def retrieve_dispute(self, stripe_id: str) -> DisputeSeen:
        """Look at a dispute: a letter about it may be days old."""
        return _seen(ask(lambda: self._client.v1.disputes.retrieve(stripe_id)))

    def upload_evidence(self, content: bytes, *, name: str, key: str) -> str:
        """Keep a PDF or picture at Stripe, to be named as evidence; returns its id."""
        file = io.BytesIO(content)
        file.name = name
        params: Any = {"purpose": "dispute_evidence", "file": file}
        made = ask(lambda: self._client.v1.files.create(params, with_key(key)))
        return ask(lambda: _file_id(made))

    def submit_evidence(
        self, stripe_id: str, *, key: str, evidence: Mapping[str, str]
    ) -> DisputeSeen:
        """Hand texts, and files by their id, in to the bank for good. Key `ev:{answer}:{look}`."""
        params: Any = {"evidence": dict(evidence), "submit": True}
        update = self._client.v1.disputes.update
        return _seen(ask(lambda: update(stripe_id, params, with_key(key))))

    def disputes_created(self, *, since: int, until: int) -> Iterator[DisputeSeen]:
        """Every dispute created in [since, until) epoch seconds, as it stands now, newest first."""
        given: dict[str, Any] = {"created": {"gte": since, "lt": until}, "limit": PAGE}
        while True:
            page = self._pages.page(partial(self._client.v1.disputes.list, given))
            found = [_seen(one) for one in read.listed(page)]
            yield from found
            if not read.has_more(page) or not found:
                return
            given = {**given, "starting_after": found[-1].id}


def _seen(found: Any) -> DisputeSeen:
    """A Dispute; refuses anything else, so that a wrong object can never settle one of ours."""
    return ask(lambda: _read(found))


def _read(found: Any) -> DisputeSeen:
    if found["object"] != "dispute":
        raise OutcomeUnknown(f"expected a dispute, got {found['object']!r}")
    intent = found["payment_intent"]
    due_by = found["evidence_details"]["due_by"]
    return DisputeSeen(
        id=found["id"],
        status=found["status"],
        amount_cents=found["amount"],
        currency=str(found["currency"]).upper(),
        charge_id=_id(found["charge"]),
        intent_id=_id(intent) if intent else None,
        reason=str(found["reason"]),
        created=int(found["created"]),
        due_by=int(due_by) if due_by else None,
    )


def _file_id(found: Any) -> str:
    if found["object"] != "file":
        raise OutcomeUnknown(f"expected a file, got {found['object']!r}")
    return found["id"]


def _id(found: Any) -> str:
    return found if isinstance(found, str) else found["id"]
