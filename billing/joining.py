"""Joining: what may be bought on the way in, and the one commit that makes somebody a member."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from billing import quotes, sales
from billing.rules.invoice import InvoiceAmounts
from billing.rules.tenders import Offer
from billing.sales import Placed
from config.errors import invalid_field
from config.formats import counted
from locations import people, places
from locations.models import Account, Location
from membership import catalog, consents, documents, members, promos
from membership.consents import Wording
from membership.models import Member
from membership.rules.catalog import PackTerms, PlanTerms
from membership.rules.consents import Intro
from membership.rules.discount import Code
from membership.rules.documents import Document

SOLD_ONLINE = ("starter", "booster", "drop_in")


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody is about to buy: a pack or a plan, with what it costs today.

    A promotion's `code` has made that cheaper, where one was given.
    """

    terms: PackTerms | PlanTerms
    amounts: InvoiceAmounts
    code: Code | None = None

    @property
    def is_starter(self) -> bool:
        """Whether plans may be agreed to for the time after it."""
        return isinstance(self.terms, PackTerms) and self.terms.kind == "starter"

    @property
    def pack_version_id(self) -> UUID | None:
        """The pack's version; none for a plan."""
        return self.terms.pack_version_id if isinstance(self.terms, PackTerms) else None


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


def packs_on_sale(location: Location, *, now: datetime) -> list[Choice]:
    """Packs that are sold online here today; the starter first."""
    offers = catalog.offers(location.id, places.business_date(location, now))
    listed = [terms for terms in offers.packs if terms.kind in SOLD_ONLINE]
    listed.sort(key=lambda terms: SOLD_ONLINE.index(terms.kind))
    return [Choice(terms, quotes.pack(terms, location=location, now=now)) for terms in listed]


def plans_on_sale(location: Location, *, now: datetime) -> list[Choice]:
    """Plans that are sold here today, by rank."""
    offers = catalog.offers(location.id, places.business_date(location, now))
    return [Choice(terms, quotes.plan(terms, location=location, now=now)) for terms in offers.plans]


def chosen(choice: str, location: Location, *, now: datetime) -> Choice:
    """What "pack:<version>" or "plan:<version>" means today; Invalid where it is not on sale."""
    kind, _, version = choice.partition(":")
    listed = {"pack": packs_on_sale, "plan": plans_on_sale}.get(kind)
    for found in listed(location, now=now) if listed else ():
        if version == str(version_of(found.terms)):
            return found
    raise invalid_field("/choice", "Please choose one of these.")


def cheaper(
    choice: Choice,
    typed: str,
    location: Location,
    *,
    now: datetime,
    member_id: UUID | None = None,
) -> Choice:
    """The choice at the price that a promotion's code makes, if one was typed, and at the tax
    of a member who is known already.

    Refused by name where the code is not for it.
    """
    code = promos.find(typed) if typed else None
    if isinstance(choice.terms, PackTerms):
        amounts = quotes.pack(
            choice.terms, location=location, now=now, code=code, member_id=member_id
        )
    else:
        amounts = quotes.plan(
            choice.terms, location=location, now=now, code=code, member_id=member_id
        )
    return Choice(choice.terms, amounts, code)


def version_of(terms: PackTerms | PlanTerms) -> UUID:
    """The key of the immutable terms."""
    return terms.pack_version_id if isinstance(terms, PackTerms) else terms.plan_version_id


def wordings(choice: Choice, location: Location, *, now: datetime) -> dict[UUID, Wording]:
    """The texts that may be agreed to with a purchase, by plan version.

    After a starter any plan, or none; with a plan its own, and it must be.
    """
    if isinstance(choice.terms, PlanTerms):
        plans = [choice.terms.plan_version_id]
    elif choice.is_starter:
        found = plans_on_sale(location, now=now)
        plans = [version_of(plan.terms) for plan in found]
    else:
        plans = []
    on = places.business_date(location, now)
    return {
        plan: consents.wording(
            plan_version_id=plan,
            location_id=location.id,
            pack_version_id=choice.pack_version_id,
            on=on,
            intro=_intro(choice),
        )
        for plan in plans
    }


def _intro(choice: Choice) -> Intro | None:
    """What a code makes of a plan's first charges, as its consent names it."""
    if choice.code is None or isinstance(choice.terms, PackTerms):
        return None
    period = choice.amounts.lines[0]
    return Intro(choice.code.code, choice.code.periods, period.net_cents, period.tax_cents)


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
        _give(agreed, placed.source_id, proof)
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
