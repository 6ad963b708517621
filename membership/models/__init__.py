"""Tables of what is sold, held and used. Foreign keys point down or sideways only."""

from membership.models.agreements import Consent, Notice, SignedDocument
from membership.models.catalog import Pack, PackPrice, PackVersion, Plan, PlanPrice, PlanVersion
from membership.models.changes import (
    Hold,
    MrrMove,
    PlanChange,
    PriceRise,
    PriceRiseHolder,
    TierSuggestion,
)
from membership.models.credits import CreditEntry, CreditGrant
from membership.models.one_offs import Charge
from membership.models.packs import MemberPack
from membership.models.people import Member, MemberHome, MemberMerge, MemberNote, StarterOverride
from membership.models.plans import GivenPeriod, Membership, MembershipPeriod
from membership.models.private import GaugeScore, HealthConsent, PrivateReason
from membership.models.promos import PromoCode, PromoGroupMember, PromoUse, TaxExemption
from membership.models.visits import Visit

__all__ = [
    "Charge",
    "Consent",
    "CreditEntry",
    "CreditGrant",
    "GaugeScore",
    "GivenPeriod",
    "HealthConsent",
    "Hold",
    "Member",
    "MemberHome",
    "MemberMerge",
    "MemberNote",
    "MemberPack",
    "Membership",
    "MembershipPeriod",
    "MrrMove",
    "Notice",
    "Pack",
    "PackPrice",
    "PackVersion",
    "Plan",
    "PlanChange",
    "PlanPrice",
    "PlanVersion",
    "PriceRise",
    "PriceRiseHolder",
    "PrivateReason",
    "PromoCode",
    "PromoGroupMember",
    "PromoUse",
    "SignedDocument",
    "StarterOverride",
    "TaxExemption",
    "TierSuggestion",
    "Visit",
]
