"""The words by which a plan's consent names what may be charged beside it, each with its price.

What a later charge must find in the text that was agreed to is the whole sentence, so that
another price, tax or currency is not covered by it.
"""

from __future__ import annotations


def overage(*, price: str, tax: str, total: str) -> str:
    """A session beyond the allowance; amounts come formatted with currency."""
    return (
        f"A session beyond these costs {price} plus {tax} tax, {total} in all, charged to the "
        "same card when I ask for one at the desk."
    )


def pack(*, name: str, sessions: int, price: str, tax: str, total: str) -> str:
    """A pack that goes with a plan; amounts come formatted with currency."""
    noun = "session" if sessions == 1 else "sessions"
    return (
        f"The pack {name} of {sessions} {noun} costs {price} plus {tax} tax, {total} in all, "
        "charged to the same card when I ask for it at the desk."
    )
