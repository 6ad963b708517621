"""Invariants of promotions: how often a code was used, how far it goes, and what it took off."""

from __future__ import annotations

import sqlalchemy as sa

from billing.models import Invoice, InvoiceDiscount, InvoiceLine
from config.doctor import Doctor, breach, differing
from config.money import PPM
from membership.models import PromoCode, PromoUse


def register(doctor: Doctor) -> None:
    """Add the invariants about promotions to the doctor."""
    doctor.register("F1", "a code counts its uses, and nobody has it twice", _counts)
    doctor.register("F2", "a code goes no farther than its periods", _too_long)
    doctor.register("F3", "a discount takes off what its code says", _odd_discounts)


@breach(lambda row: f"the code {row.code} counts {row.said} uses, it has {row.meant}")
def _counts() -> sa.Select:
    counted = sa.select(PromoCode.code, PromoCode.uses)
    used = (
        sa.select(PromoCode.code, sa.literal(1))
        .join(PromoUse, PromoUse.promo_id == PromoCode.id)
        .where(PromoUse.state != "released")
    )
    return differing(counted, used).order_by("code")


@breach(
    lambda row: (
        f"the use {row.id} of {row.code} ({row.state}) goes on for {row.periods_left} periods"
    )
)
def _too_long() -> sa.Select:
    most = sa.case((PromoUse.state == "released", 0), else_=PromoCode.periods)
    return (
        sa.select(PromoUse.id, PromoUse.state, PromoUse.periods_left, PromoCode.code)
        .join(PromoCode, PromoCode.id == PromoUse.promo_id)
        .where(PromoUse.periods_left > most)
        .order_by(PromoUse.id)
    )


@breach(
    lambda row: (
        f"invoice {row.number} got {row.amount_cents} cents off by {row.code}, not {row.meant}"
    )
)
def _odd_discounts() -> sa.Select:
    """Half up as `config.money` does it, of the list price: the line's net and what came off."""
    price = sa.cast(InvoiceLine.net_cents, sa.BigInteger) + InvoiceDiscount.amount_cents
    share = (2 * price * PromoCode.percent_ppm + PPM) // (2 * PPM)
    meant = sa.func.coalesce(PromoCode.amount_cents, share)
    return (
        sa.select(
            Invoice.number, InvoiceDiscount.amount_cents, PromoCode.code, meant.label("meant")
        )
        .join(InvoiceDiscount, InvoiceDiscount.invoice_id == Invoice.id)
        .join(
            InvoiceLine,
            (InvoiceLine.invoice_id == Invoice.id) & (InvoiceLine.n == InvoiceDiscount.line_n),
        )
        .join(PromoCode, PromoCode.id == InvoiceDiscount.promo_id)
        .where(InvoiceDiscount.amount_cents != meant)
        .order_by(Invoice.id)
    )
