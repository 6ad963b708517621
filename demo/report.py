"""What a demo says at its end: what happened in the year, and where to sign in."""

from __future__ import annotations

from collections.abc import Mapping

import click

from config.screen import show_table
from demo.group import MEMBER, STAFF


def happenings(counts: Mapping[str, int], *, seconds: float) -> None:
    """How often what has happened, and how long it took to live through it."""
    show_table(
        f"Lived through in {seconds:.0f} seconds",
        ("What happened", "Times"),
        [(what, f"{times:,}") for what, times in sorted(counts.items()) if times],
        right=("Times",),
    )


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
