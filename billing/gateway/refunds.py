"""Money that goes back, as Stripe keeps it: made under our key, found again by our ids."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from billing.gateway import read
from billing.gateway.asking import Pages, ask, with_key
from billing.gateway.values import RefundSeen

PAGE = 100


class RefundCalls:
    """The calls about refunds; a part of the one door."""

    _client: Any
    _pages: Pages

    def create_refund(
        self, *, key: str, charge_id: str, amount_cents: int, metadata: Mapping[str, str]
    ) -> RefundSeen:
        """Send a part of a charge back. Key `re:{refund}`; GatewayRefused where it cannot."""
        params: Any = {**_of(charge_id), "amount": amount_cents, "metadata": dict(metadata)}
        return read.refund(ask(lambda: self._client.v1.refunds.create(params, with_key(key))))

    def retrieve_refund(self, stripe_id: str) -> RefundSeen:
        """Look at a refund: a bank may send it back days later."""
        return read.refund(ask(lambda: self._client.v1.refunds.retrieve(stripe_id)))

    def refunds_of(self, charge_id: str) -> list[RefundSeen]:
        """Every refund of a charge, newest first."""
        return list(self._listed(_of(charge_id)))

    def refunds_created(self, *, since: int, until: int) -> Iterator[RefundSeen]:
        """Every refund created in [since, until) epoch seconds, newest first."""
        return self._listed({"created": {"gte": since, "lt": until}})

    def _listed(self, params: Mapping[str, Any]) -> Iterator[RefundSeen]:
        given: Any = {**params, "limit": PAGE}
        while True:
            page = self._pages.page(partial(self._client.v1.refunds.list, given))
            found = [read.refund(one) for one in read.listed(page)]
            yield from found
            if not read.has_more(page) or not found:
                return
            given = {**given, "starting_after": found[-1].id}


def _of(charge_id: str) -> dict[str, str]:
    """A payment that never told us its charge is named by its intent."""
    kind = "payment_intent" if charge_id.startswith("pi_") else "charge"
    return {kind: charge_id}
