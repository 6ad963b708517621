"""Tables of what is invoiced, collected and proven.

The constraints here, not the code, are what makes a charge happen once (docs/decisions).
"""

from billing.models.customers import CardSetup, StripeCustomer
from billing.models.disputes import Dispute, DisputeAnswer, FraudWarning, KeptByBank
from billing.models.invoices import (
    CreditNote,
    CreditNoteLine,
    Invoice,
    InvoiceDiscount,
    InvoiceLine,
    NumberCounter,
)
from billing.models.payments import Dunning, Payment, PaymentAttempt, PaymentIntent
from billing.models.payouts import (
    BalanceTransaction,
    Payout,
    ReconcileBreak,
    ReconcileRun,
    StrayIntent,
)
from billing.models.refunds import Refund, RefundRequest
from billing.models.taxed import TaxedMonth
from billing.models.tenders import (
    AccountCredit,
    AccountCreditEntry,
    GiftCard,
    GiftCardEntry,
    TillMove,
    TillSession,
)
from billing.models.work import BillingRun, Pace, Parked, WebhookEvent

__all__ = [
    "AccountCredit",
    "AccountCreditEntry",
    "BalanceTransaction",
    "BillingRun",
    "CardSetup",
    "CreditNote",
    "CreditNoteLine",
    "Dispute",
    "DisputeAnswer",
    "Dunning",
    "FraudWarning",
    "GiftCard",
    "GiftCardEntry",
    "Invoice",
    "InvoiceDiscount",
    "InvoiceLine",
    "KeptByBank",
    "NumberCounter",
    "Pace",
    "Parked",
    "Payment",
    "PaymentAttempt",
    "PaymentIntent",
    "Payout",
    "ReconcileBreak",
    "ReconcileRun",
    "Refund",
    "RefundRequest",
    "StrayIntent",
    "StripeCustomer",
    "TaxedMonth",
    "TillMove",
    "TillSession",
    "WebhookEvent",
]
