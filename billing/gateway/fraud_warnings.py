"""Early fraud warnings, as Stripe keeps them: looked at, never answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from billing.gateway.asking import ask
from billing.gateway.values import OutcomeUnknown


@dataclass(frozen=True, slots=True)
class FraudWarningSeen:
    """An issuer's warning of a charge; `kind` in Stripe's words, `created` in epoch seconds."""

    id: str
    charge_id: str
    intent_id: str | None
    kind: str
    created: int


class FraudWarningCalls:
    """The call about warnings of fraud; a part of the one door."""

    _client: Any

    def retrieve_fraud_warning(self, stripe_id: str) -> FraudWarningSeen:
        """Look at a warning that a letter names."""
        found = ask(lambda: self._client.v1.radar.early_fraud_warnings.retrieve(stripe_id))
        return ask(lambda: _read(found))


def _read(found: Any) -> FraudWarningSeen:
    if found["object"] != "radar.early_fraud_warning":
        raise OutcomeUnknown(f"expected a warning of fraud, got {found['object']!r}")
    charge, intent = found["charge"], found["payment_intent"]
    return FraudWarningSeen(
        id=found["id"],
        charge_id=charge if isinstance(charge, str) else charge["id"],
        intent_id=None if not intent else intent if isinstance(intent, str) else intent["id"],
        kind=str(found["fraud_type"]),
        created=int(found["created"]),
    )
