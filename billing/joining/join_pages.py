"""What the pages of joining are shown: the context that each template names at its head."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import url_for

from billing.joining import choices, join_forms, join_steps
from billing.joining.choices import Choice
from billing.joining.join_steps import Visitor
from locations import places
from locations.models import Location
from membership.agreements.consent_words import Wording
from membership.rules.documents import Document


def where() -> dict[str, Any]:
    """The studios that may be joined."""
    return {"places": places.open_ones(), "action": url_for("join.choose_place"), "back_url": None}


def on_sale(place: Location, *, now: datetime) -> dict[str, Any]:
    """What a studio sells online today."""
    return {
        "place": place,
        "packs": [join_forms.offer(one) for one in choices.packs_on_sale(place, now=now)],
        "plans": [join_forms.offer(one) for one in choices.plans_on_sale(place, now=now)],
        "action": url_for("join.choose_start"),
        "back_url": url_for("join.start"),
    }


def who(who: Visitor) -> dict[str, Any]:
    """Whose account it will be."""
    return {
        "signed_in_as": who.account.email if who.account else None,
        "action": url_for("join.give_person"),
        "back_url": url_for("join.begin"),
    }


def to_sign(wanted: Sequence[Document]) -> dict[str, Any]:
    """The papers in full."""
    found = {document.kind: document for document in wanted}
    return {
        "waiver": found.get("waiver"),
        "contract": found.get("contract"),
        "action": url_for("join.sign"),
        "back_url": url_for("join.person"),
    }


def to_agree(visitor: Visitor, chosen: Choice, words: Mapping[UUID, Wording]) -> dict[str, Any]:
    """What is paid today, and the texts that may be agreed to."""
    place = join_steps.place(visitor.so_far)
    plans = [
        join_forms.offer(one)
        for one in choices.plans_on_sale(place, now=visitor.now)
        if choices.version_of(one.terms) in words
    ]
    return {
        "plans": plans,
        "wording": {plan: wording.text for plan, wording in words.items()},
        "must_agree": bool(words) and not chosen.is_starter,
        "summary": join_forms.summary(chosen),
        "action": url_for("join.enrol"),
        "back_url": url_for("join.person"),
    }
