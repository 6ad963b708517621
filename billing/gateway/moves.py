"""What moved at Stripe, page by page: intents, balance transactions, payouts, and what is made of.

A list may take many calls. Each page is asked for alone, so that silence half-way is
OutcomeUnknown or Throttled to the caller, who has kept what came before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from billing.gateway import read
from billing.gateway.asking import Pages, ask
from billing.gateway.values import Intent

PAGE = 100


@dataclass(frozen=True, slots=True)
class BalanceMove:
    """A movement of an account's balance; amounts in minor units, money that left is negative.

    `kind` is Stripe's type (charge, refund, adjustment, payout, stripe_fee, ...), `source_id`
    what it is about; instants are epoch seconds.
    """

    id: str
    kind: str
    source_id: str
    amount_cents: int
    fee_cents: int
    net_cents: int
    currency: str
    created: int
    available: int


@dataclass(frozen=True, slots=True)
class PayoutSeen:
    """Money sent to the bank. `state` is pending, in_transit, paid, failed or canceled.

    Of an automatic one Stripe tells what it is made of; `arrives` is an epoch second.
    """

    id: str
    state: str
    amount_cents: int
    currency: str
    created: int
    arrives: int
    automatic: bool


class MoveCalls:
    """The lists that a day is compared with; both ends in epoch seconds, newest first."""

    _client: Any
    _pages: Pages

    def intents_created(self, *, since: int, until: int) -> Iterator[Intent]:
        """Every payment intent created in [since, until)."""
        for found in self._every("payment_intents", _created(since, until)):
            yield read.intent(found)

    def balance_moves(self, *, since: int, until: int) -> Iterator[BalanceMove]:
        """Every balance transaction created in [since, until)."""
        for found in self._every("balance_transactions", _created(since, until)):
            yield _move(found)

    def moves_of_payout(self, payout_id: str) -> Iterator[BalanceMove]:
        """What an automatic payout is made of, its own movement among them."""
        for found in self._every("balance_transactions", {"payout": payout_id}):
            yield _move(found)

    def payouts_created(self, *, since: int, until: int) -> Iterator[PayoutSeen]:
        """Every payout created in [since, until), as it stands now."""
        for found in self._every("payouts", _created(since, until)):
            yield _payout(found)

    def _every(self, kind: str, params: dict[str, Any]) -> Iterator[Any]:
        listing = getattr(self._client.v1, kind).list
        asked: dict[str, Any] = {**params, "limit": PAGE}
        while True:
            page = self._pages.page(partial(listing, asked))
            found = list(read.listed(page))
            yield from found
            if not read.has_more(page) or not found:
                return
            asked = {**asked, "starting_after": found[-1]["id"]}


def _created(since: int, until: int) -> dict[str, Any]:
    return {"created": {"gte": since, "lt": until}}


def _move(found: Any) -> BalanceMove:
    return ask(
        lambda: BalanceMove(
            id=found["id"],
            kind=found["type"],
            source_id=_id(found["source"]) or found["id"],
            amount_cents=found["amount"],
            fee_cents=found["fee"],
            net_cents=found["net"],
            currency=str(found["currency"]).upper(),
            created=int(found["created"]),
            available=int(found["available_on"]),
        )
    )


def _payout(found: Any) -> PayoutSeen:
    return ask(
        lambda: PayoutSeen(
            id=found["id"],
            state=found["status"],
            amount_cents=found["amount"],
            currency=str(found["currency"]).upper(),
            created=int(found["created"]),
            arrives=int(found["arrival_date"]),
            automatic=bool(found["automatic"]),
        )
    )


def _id(found: Any) -> str | None:
    return found if isinstance(found, str) or found is None else found["id"]
