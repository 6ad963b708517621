"""Tables of places, people and books. Foreign keys point down or sideways only."""

from locations.models.books import (
    JournalEntry,
    LedgerDetail,
    LedgerMonth,
    LedgerRollup,
    PeriodLock,
    Posting,
    Settlement,
    TaxRemittance,
)
from locations.models.people import ROLES, Account, Codes, StaffRole
from locations.models.places import LegalEntity, Location, LocationDay, TaxRate
from locations.models.policies import PolicyOverride

__all__ = [
    "ROLES",
    "Account",
    "Codes",
    "JournalEntry",
    "LedgerDetail",
    "LedgerMonth",
    "LedgerRollup",
    "LegalEntity",
    "Location",
    "LocationDay",
    "PeriodLock",
    "PolicyOverride",
    "Posting",
    "Settlement",
    "StaffRole",
    "TaxRate",
    "TaxRemittance",
]
