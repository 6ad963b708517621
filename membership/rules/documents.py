"""The waiver and the contract, in full. A change of the words is a new version."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["waiver", "contract"]
KINDS: Final[tuple[Kind, ...]] = ("waiver", "contract")


@dataclass(frozen=True, slots=True)
class Document:
    """A text to be signed; `{place}`, `{address}` and `{entity}` are filled in before that."""

    kind: Kind
    version: str
    title: str
    text: str

    @property
    def sha256(self) -> str:
        """The fingerprint of the exact text, in hex."""
        return fingerprint(self.text)


def current(kind: Kind, *, place: str, address: str, entity: str) -> Document:
    """The text that is signed today at a place."""
    version, title, text = _CURRENT[kind]
    filled = text.format(place=place, address=address, entity=entity)
    return Document(kind, version, title, filled)


def fingerprint(text: str) -> str:
    """SHA-256 of a text, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


_WAIVER: Final = """\
Whole-body cold sessions at {place}

1. A session exposes my body to very cold air for up to three minutes. I decide to take part of \
my own free will and may stop at any moment.
2. I have read the list of conditions with which I must not take part, and none applies to me. \
If one comes to apply, I tell the studio before my next session.
3. I come dry, wear the gloves, socks and slippers I am given, and follow the staff's directions.
4. Redness, numbness or dizziness can follow a session; frost injury is possible if directions \
are not followed. I accept these risks of my own taking part.
5. Nothing in this waiver limits liability for gross negligence or for anything else that the \
law does not allow to be limited.
"""

_CONTRACT: Final = """\
Agreement between {entity}, for {place}, {address}, and the member

1. Sessions. A pack holds prepaid sessions and is used within the days shown when it is bought. \
A plan renews by itself, for the sessions, the price and the period that I agreed to, until it \
is cancelled.
2. Price. What I pay, with tax, is shown before I pay. A higher price for a plan is announced \
beforehand and never applies without notice.
3. Cancelling a plan. I may cancel at any time on the site in two clicks, or at the desk. The \
plan then ends with the period I have paid for.
4. Right to cancel this agreement. I may cancel it within three business days of signing, in \
writing to {address} or on the site, and get back everything I paid.
5. Unpaid plans. If a charge fails I keep access for up to seven days; after that the plan's \
sessions rest until it is paid, and the plan ends if it stays unpaid.
6. Copies. A copy of this agreement is sent to me when I sign it, and is kept in my account.
"""

_CURRENT: Final[dict[Kind, tuple[str, str, str]]] = {
    "waiver": ("waiver-2027-1", "Waiver", _WAIVER),
    "contract": ("contract-2027-1", "Membership agreement", _CONTRACT),
}
