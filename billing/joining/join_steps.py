"""What each step of joining stands on, and whether what was shown is still so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import request
from flask_security import current_user

from billing.joining import choices, join_cookie
from billing.joining.choices import Choice
from billing.joining.join_cookie import Joining, fingerprint
from billing.joining.joining import Person, Signature
from config.errors import Invalid, NotFound, Refused, invalid_field
from locations import places
from locations.guard import current_account
from locations.models import Account, Location
from membership.agreements import documents
from membership.agreements.consent_words import Wording
from membership.models import Member
from membership.people import members
from membership.rules.documents import KINDS, Document


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is joining, how far they have come, and the instant they ask at."""

    now: datetime
    so_far: Joining
    account: Account | None
    member: Member | None


class Astray(Exception):
    """An earlier step is missing: `step` names the page to go back to."""

    def __init__(self, step: str) -> None:
        super().__init__(step)
        self.step = step


def visitor(*, now: datetime) -> Visitor:
    """Whoever asks: signed in or not, a member already or not."""
    account = current_account() if current_user.is_authenticated else None
    member = members.of_account(account.id) if account else None
    return Visitor(now, join_cookie.kept(), account, member)


def place(so_far: Joining) -> Location:
    """The studio of the first step."""
    try:
        found = places.find(so_far.location)
    except NotFound:
        raise Astray("start") from None
    if found.closed_on is not None:
        raise Astray("start")
    return found


def choice(who: Visitor) -> Choice:
    """What was chosen, at today's price; with a code that is no longer taken, chosen anew."""
    at = place(who.so_far)
    try:
        found = choices.chosen(who.so_far.choice, at, now=who.now)
        member_id = who.member.id if who.member else None
        return choices.cheaper(found, who.so_far.code, at, now=who.now, member_id=member_id)
    except (Invalid, Refused):
        raise Astray("begin") from None


def person(who: Visitor) -> Person:
    """Who joins: known by their account, or as they told us a moment ago."""
    choice(who)
    if who.account is not None:
        account = who.account
        return Person(account, who.member, account.name, account.email, None, None)
    so_far = who.so_far
    password = join_cookie.unseal(so_far.password) if so_far.password else None
    if not so_far.name or not so_far.email or password is None:
        raise Astray("person")
    return Person(None, None, so_far.name, so_far.email, so_far.phone or None, password)


def papers(who: Visitor) -> list[Document]:
    """What is still to be signed at the studio, as it reads today."""
    kinds: Sequence = KINDS if who.member is None else documents.missing(who.member.id)
    location_id = place(who.so_far).id
    return [documents.current(kind, location_id=location_id) for kind in kinds]


def signature(who: Visitor) -> Signature:
    """The name under the papers, and the browser it came from."""
    person(who)
    wanted = papers(who)
    if wanted and not who.so_far.signed_name:
        raise Astray("papers")
    return Signature(
        name=who.so_far.signed_name,
        documents=tuple(wanted),
        address=request.remote_addr or "unknown",
        agent=request.user_agent.string,
    )


def words(who: Visitor, chosen: Choice) -> dict[UUID, Wording]:
    """What may be agreed to with the choice, by plan."""
    member_id = who.member.id if who.member else None
    return choices.wordings(chosen, place(who.so_far), now=who.now, member_id=member_id)


def paper_prints(wanted: Sequence[Document]) -> dict[str, str]:
    """Fingerprints of the papers, to be compared with what was shown."""
    return {document.kind: fingerprint(document.text) for document in wanted}


def agreement_prints(chosen: Choice, found: Mapping[UUID, Wording]) -> dict[str, str]:
    """Fingerprints of the agreements and of what is to be paid today."""
    prints = {str(plan): fingerprint(wording.text) for plan, wording in found.items()}
    total = f"{chosen.amounts.total_cents} {chosen.terms.currency}"
    return prints | {"total": fingerprint(total)}


def require_shown(so_far: Joining, prints: Mapping[str, str]) -> None:
    """Refused("terms_changed") unless exactly this was on the page: what is quoted is billed."""
    if any(so_far.shown.get(name) != print_ for name, print_ in prints.items()):
        raise Refused("terms_changed", "This page has changed meanwhile: please read it once more.")


def agreed(found: Mapping[UUID, Wording], ticked: Sequence[UUID]) -> Wording | None:
    """The one agreement that was ticked, if any; Invalid for two, or for one never shown."""
    if len(ticked) > 1:
        raise invalid_field("/consent", "Please tick one plan at most.")
    if not ticked:
        return None
    wording = found.get(ticked[0])
    if wording is None:
        raise invalid_field("/consent", "Please choose one of these.")
    return wording
