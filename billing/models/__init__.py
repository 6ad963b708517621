"""Tables of what is invoiced, collected and proven.

The constraints here, not the code, are what makes a charge happen once (docs/decisions).
"""

from billing.models.customers import CardSetup, StripeCustomer
from billing.models.invoices import CreditNote, CreditNoteLine, Invoice, InvoiceLine, NumberCounter
from billing.models.payments import Dunning, Payment, PaymentAttempt, PaymentIntent
from billing.models.work import BillingRun, Pace, Parked, WebhookEvent

__all__ = [
    "BillingRun",
    "CardSetup",
    "CreditNote",
    "CreditNoteLine",
    "Dunning",
    "Invoice",
    "InvoiceLine",
    "NumberCounter",
    "Pace",
    "Parked",
    "Payment",
    "PaymentAttempt",
    "PaymentIntent",
    "StripeCustomer",
    "WebhookEvent",
]
