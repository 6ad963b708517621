"""Billing's invariants: what must be true of invoices, payments, letters and runs, any time."""

from __future__ import annotations

from billing.invariants import (
    doctor_attempts,
    doctor_books,
    doctor_changes,
    doctor_disputes,
    doctor_invoices,
    doctor_payouts,
    doctor_promises,
    doctor_promos,
    doctor_recovery,
    doctor_refunds,
    doctor_runs,
    doctor_taxed,
    doctor_tenders,
    doctor_turnovers,
)
from config.doctor import Doctor

_CHECKS = (
    doctor_invoices,
    doctor_attempts,
    doctor_runs,
    doctor_books,
    doctor_taxed,
    doctor_recovery,
    doctor_changes,
    doctor_disputes,
    doctor_payouts,
    doctor_promos,
    doctor_tenders,
    doctor_turnovers,
    doctor_refunds,
    doctor_promises,
)


def register(doctor: Doctor) -> None:
    """Add billing's invariants to the doctor."""
    for checks in _CHECKS:
        checks.register(doctor)
