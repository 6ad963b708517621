"""Joining: the one commit that makes somebody a member."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from billing.joining.choices import Choice
from billing.rules.tenders import Offer
from billing.sales import sales
from billing.sales.sales import Placed
from config.errors import invalid_field
from config.formats import counted
from locations import people
from locations.models import Account, Location
from membership.agreements import consents, documents
from membership.agreements.consent_words import Wording
from membership.models import Member
from membership.people import members
from membership.plans import promos
from membership.rules.catalog import PackTerms, PlanTerms
from membership.rules.documents import Document


@dataclass(frozen=True, slots=True)
class Person:
    """Who joins: an account and member where they are known, else what they typed."""

    account: Account | None
    member: Member | None
    name: str
    email: str
    phone: str | None
    password: str | None


@dataclass(frozen=True, slots=True)
class Signature:
    """Under which texts (as they were shown) a name was put, and from which browser."""

    name: str
    documents: tuple[Document, ...]
    address: str
    agent: str


@dataclass(frozen=True, slots=True)
class Enrolled:
    """Somebody who is a member now, with a sale that waits for their payment."""

    account: Account
    member: Member
    placed: Placed


def enrol(
    person: Person,
    *,
    location: Location,
    choice: Choice,
    agreed: Wording | None,
    signature: Signature,
    now: datetime,
    ahead: Sequence[Offer] = (),
) -> Enrolled:
    """Account, member, papers, consent and the waiting sale, in the caller's one transaction.

    What is offered `ahead`, a gift card, pays first. Refused in words that tell a stranger nothing
    where the details cannot be used.
    """
    if isinstance(choice.terms, PlanTerms) and agreed is None:
        raise invalid_field("/consent", "This plan renews by itself, so it needs your agreement.")
    account = person.account or people.create_account(
        email=person.email, name=person.name, password=person.password, now=now
    )
    member = person.member or members.register(
        account_id=account.id,
        name=person.name,
        email=person.email,
        phone=person.phone,
        home_id=location.id,
        now=now,
    )
    for document in signature.documents:
        documents.sign(
            member_id=member.id,
            kind=document.kind,
            version=document.version,
            text_sha256=document.sha256,
            signed_name=signature.name,
            location_id=location.id,
            now=now,
            address=signature.address,
            agent=signature.agent,
        )
    placed = _place(member, account, location, choice, agreed, signature, now, ahead)
    return Enrolled(account, member, placed)


def first_steps(choice: PackTerms | PlanTerms, location: Location) -> list[str]:
    """What to do after paying, in the order it is done."""
    address = ", ".join(location.address.splitlines())
    steps = [f"Come to {location.name}: {address}. Your check-in code is on your page."]
    if isinstance(choice, PackTerms):
        deadline = counted(choice.first_use_days, "day", "days")
        window = counted(choice.window_days, "day", "days")
        steps.append(f"Come for your first session within {deadline}.")
        steps.append(f"It opens a window of {window} for all of them, one session a day at most.")
    else:
        steps.append("Your sessions are ready now, and renew by themselves until you cancel.")
    steps.append("Come dry, and leave lotions and jewellery at home. Gloves and socks are here.")
    return steps


def _place(
    member: Member,
    account: Account,
    location: Location,
    choice: Choice,
    agreed: Wording | None,
    signature: Signature,
    now: datetime,
    ahead: Sequence[Offer],
) -> Placed:
    proof: Mapping[str, Any] = {
        "member_id": member.id,
        "location_id": location.id,
        "now": now,
        "by_account_id": account.id,
        "address": signature.address,
        "agent": signature.agent,
    }
    if isinstance(choice.terms, PlanTerms):
        assert agreed is not None, "looked at before"
        consent = _give(agreed, None, proof)
        return sales.place_plan(
            member_id=member.id,
            plan_version_id=choice.terms.plan_version_id,
            location_id=location.id,
            consent_id=consent,
            now=now,
            ahead=ahead,
            code=choice.code,
        )
    placed = sales.place_pack(
        member_id=member.id,
        pack_version_id=choice.terms.pack_version_id,
        location_id=location.id,
        now=now,
        ahead=ahead,
        code=choice.code,
    )
    if agreed is not None:
        consent = _give(agreed, placed.source_id, proof)
        if agreed.intro is not None and choice.after is not None:
            promos.reserve(
                choice.after,
                member_id=member.id,
                source_id=consent,
                now=now,
                periods_left=choice.after.periods,
            )
    return placed


def _give(agreed: Wording, member_pack_id: UUID | None, proof: Mapping[str, Any]) -> UUID:
    return consents.give(
        plan_version_id=agreed.plan_version_id,
        tax_cents=agreed.tax_cents,
        text=agreed.text,
        text_version=agreed.version,
        member_pack_id=member_pack_id,
        intro=agreed.intro,
        **proof,
    ).id
