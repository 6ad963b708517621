"""What a demo says at its end: what happened in the year, and where to sign in."""

from __future__ import annotations

from collections.abc import Mapping

import click

from config.screen import show_table
from demo.group import MEMBER, STAFF

# What is counted, by what it belongs to; anything else is told at the end.
AREAS: Mapping[str, tuple[str, ...]] = {
    "People": (
        "members who joined", "pages left", "plans begun", "records merged", "notes on members",
    ),
    "Sessions": (
        "visits", "refused at the desk", "check-ins undone", "check-ins undone by a manager",
        "sessions for free", "extra sessions by card", "extra sessions by phone",
    ),
    "Sales": (
        "STARTER-3", "EXTENSION-1", "BOOSTER-3", "DROP-IN", "MAINT-2", "UNLIMITED",
        "payments on a page", "payments by phone at the desk", "packs by card at the desk",
        "packs given back",
    ),
    "Intensive phases": (
        "enough for now", "windows made longer", "starters allowed again", "plans started sooner",
        "plans declined by a click", "consents taken back", "gauge consents", "sessions gauged",
        "gauges erased", "gauge consents withdrawn",
    ),
    "Holds": (
        "holds", "holds over a renewal", "holds called off", "holds ended early",
        "holds made longer", "medical holds asked for", "medical holds granted",
        "medical holds declined", "reasons erased",
    ),
    "Changes": (
        "upgrades today", "upgrades at renewal", "downgrades", "changes taken back",
        "moves of home", "agreed to step down", "stayed with their plan",
    ),
    "Partings": (
        "cancellations", "cancellations undone", "ended at once", "cooling-offs",
        "exits by law asked for", "exits by law granted", "exits by law declined",
    ),
    "Cards": ("new cards", "answers to a bank", "cards declined at the desk"),
    "The counter": (
        "packs paid by cash", "packs paid by terminal", "gift cards bought", "gift cards spent",
        "tills counted", "promotion codes used",
    ),
    "Second thoughts": ("goodwill refunds", "disputes opened", "disputes won", "disputes lost"),
    "The office": (
        "policies tightened", "price rises", "promotions", "months locked", "notices that bounced",
    ),
}  # fmt: skip


def happenings(counts: Mapping[str, int], *, seconds: float) -> None:
    """How often what has happened, a line for each area, and how long it took to live it."""
    show_table(
        f"Lived through in {seconds:.0f} seconds",
        ("Of", "What happened"),
        [(area, text) for area, whats in areas(counts).items() if (text := _told(counts, whats))],
    )


def areas(counts: Mapping[str, int]) -> Mapping[str, tuple[str, ...]]:
    """The areas with what is counted in each; the last has all that no other one names."""
    named = {what for whats in AREAS.values() for what in whats}
    return {**AREAS, "Beside": tuple(sorted(set(counts) - named))}


def _told(counts: Mapping[str, int], whats: tuple[str, ...]) -> str:
    return ", ".join(counted(what, counts[what]) for what in whats if counts.get(what))


def counted(what: str, times: int) -> str:
    """So many of something: "2 packs paid by cash", "1 pack paid by cash", "6 × DROP-IN"."""
    if what.isupper():
        return f"{times:,} × {what}"
    return f"{times:,} {what if times != 1 else _one(what)}"


def _one(whats: str) -> str:
    """The singular: of its first word in the plural, the ending goes."""
    words = whats.split()
    for n, word in enumerate(words):
        if word.endswith("s"):
            words[n] = word[:-3] + "y" if word.endswith("ies") else word[:-1]
            break
    return " ".join(words)


def sign_ins(address: str) -> None:
    """Where to sign in, as whom, and with which password."""
    show_table(
        f"Sign in at {address}/login",
        ("As", "E-mail", "Password"),
        [
            (
                f"{one.who} of {one.slug.title()}" if one.slug else one.who,
                one.email,
                one.password,
            )
            for one in (MEMBER, *reversed(STAFF))
        ],
    )
    click.echo(f"The doors are open: {address}/login")
    click.echo("The stand-in for Stripe takes its test cards, such as 4242 4242 4242 4242.")
