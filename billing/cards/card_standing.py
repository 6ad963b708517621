"""The card that an invoice would be charged to next: whether it may be asked, and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple, cast
from uuid import UUID

import sqlalchemy as sa

from billing.models import Dunning, Invoice, PaymentAttempt, StripeCustomer
from billing.rules import dunning as rule
from billing.rules.dunning import DeclineClass
from config.db import db
from locations.models import LegalEntity, Location

LONGEST = timedelta(days=30)
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Standing(NamedTuple):
    """The card on file for an invoice, and what its last decline said; none before the first."""

    member_id: UUID
    stripe_account: str
    payment_method_id: str | None
    brand: str | None
    refused_code: str | None
    decline_class: str | None
    advice_code: str | None
    declined_at: datetime | None
    declined_card: str | None

    @property
    def is_another(self) -> bool:
        """Whether another card than the declined one is on file by now."""
        found = self.payment_method_id
        return found is not None and found != self.declined_card

    @property
    def rested_at(self) -> datetime:
        """From when on the network lets this card be asked again."""
        if self.declined_at is None or self.is_another:
            return LONG_AGO
        return self.declined_at + rule.wait_after(self.advice_code)

    def may_be_asked(self, *, at: datetime) -> bool:
        """Whether one more try at an instant is allowed; nothing is written."""
        kind = cast(DeclineClass, self.decline_class or "soft")
        asked = rule.may_ask_card(
            kind=kind, same_card=not self.is_another, rested=self.rested_at <= at
        )
        return asked and rule.within_caps(_declines(self, at), brand=self.brand, at=at)


def of_invoice(invoice_id: UUID) -> Standing:
    """How the card stands that this invoice is collected with."""
    row = db.session.execute(_STANDING.where(Invoice.id == invoice_id)).one()
    return Standing._make(row)


def refuse(found: Standing, *, payment_method_id: str, code: str | None) -> None:
    """Its bank will never accept this card again: nothing asks it, for no invoice.

    A card that was replaced meanwhile is not meant.
    """
    db.session.execute(
        sa.update(StripeCustomer)
        .where(
            StripeCustomer.member_id == found.member_id,
            StripeCustomer.stripe_account == found.stripe_account,
            StripeCustomer.payment_method_id == payment_method_id,
        )
        .values(card_refused_code=code or "declined")
    )


def _declines(found: Standing, at: datetime) -> list[datetime]:
    """When the member's saved cards were declined lately, for whichever invoice."""
    query = (
        sa.select(PaymentAttempt.finished_at)
        .join(Invoice, Invoice.id == PaymentAttempt.invoice_id)
        .where(
            Invoice.member_id == found.member_id,
            PaymentAttempt.kind == "off_session",
            PaymentAttempt.state == "failed",
            PaymentAttempt.finished_at > at - LONGEST,
        )
    )
    return [one for one in db.session.scalars(query) if one is not None]


_STANDING = (
    sa.select(
        Invoice.member_id,
        LegalEntity.stripe_account,
        StripeCustomer.payment_method_id,
        StripeCustomer.card_brand,
        StripeCustomer.card_refused_code,
        Dunning.decline_class,
        Dunning.advice_code,
        Dunning.declined_at,
        Dunning.declined_card,
    )
    .join(Location, Location.id == Invoice.location_id)
    .join(LegalEntity, LegalEntity.id == Location.legal_entity_id)
    .outerjoin(
        StripeCustomer,
        sa.and_(
            StripeCustomer.member_id == Invoice.member_id,
            StripeCustomer.stripe_account == LegalEntity.stripe_account,
        ),
    )
    .outerjoin(Dunning, Dunning.invoice_id == Invoice.id)
)
