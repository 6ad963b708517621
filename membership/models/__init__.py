"""Tables of what is sold, held and used. Foreign keys point down or sideways only."""

from membership.models.agreements import Consent, Notice, SignedDocument
from membership.models.catalog import Pack, PackPrice, PackVersion, Plan, PlanPrice, PlanVersion
from membership.models.credits import CreditEntry, CreditGrant
from membership.models.packs import MemberPack
from membership.models.people import Member, MemberHome
from membership.models.plans import Membership, MembershipPeriod
from membership.models.visits import Visit

__all__ = [
    "Consent",
    "CreditEntry",
    "CreditGrant",
    "Member",
    "MemberHome",
    "MemberPack",
    "Membership",
    "MembershipPeriod",
    "Notice",
    "Pack",
    "PackPrice",
    "PackVersion",
    "Plan",
    "PlanPrice",
    "PlanVersion",
    "SignedDocument",
    "Visit",
]
