"""How a person's details are written down, so that the same person is found again."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from config.errors import invalid_field

MOST_NAME = 160
MOST_WORDS = 6
# No letters or digits that look alike: a code is read out over a desk.
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 12
# Marks that turn the reading direction can make one name look like another.
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f]")
# As the providers themselves describe the addresses of their users.
_SAME_HOST = {"googlemail.com": "gmail.com", "pm.me": "proton.me", "protonmail.com": "proton.me"}
_IGNORE_DOTS = frozenset({"gmail.com", "proton.me"})
_IGNORE_AFTER_PLUS = _IGNORE_DOTS | {
    "fastmail.com",
    "hotmail.com",
    "icloud.com",
    "live.com",
    "me.com",
    "outlook.com",
}
_MASK = re.compile(r"([%_\\])")


def clean_name(name: str) -> str:
    """A name as it is kept: composed, in one line. Raises Invalid when none can be made."""
    composed = unicodedata.normalize("NFC", name)
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in composed if not c.isspace()):
        raise invalid_field("/name", "This name holds characters that cannot be written.")
    clean = " ".join(_DIRECTION.sub("", composed).split())
    if not clean or len(clean) > MOST_NAME:
        raise invalid_field("/name", f"Please give a name of at most {MOST_NAME} characters.")
    return clean


def typed(text: str) -> str:
    """What somebody typed or scanned, without characters that no database takes."""
    return "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cs")).strip()


def folded(text: str) -> str:
    """Text for searching: no case, no accents, single spaces."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in apart if not unicodedata.combining(c))
    return " ".join(bare.split())[:MOST_NAME]


def search_patterns(text: str) -> list[str]:
    """LIKE patterns (escape character `\\`), all of which a folded name must match."""
    return ["%" + _MASK.sub(r"\\\1", word) + "%" for word in folded(text).split()[:MOST_WORDS]]


def as_code(text: str) -> str:
    """A check-in code as it is kept, whatever spaces, hyphens and case it was typed with."""
    return "".join(c for c in text.upper() if c.isascii() and c.isalnum())


def mailbox(email: str) -> str:
    """The mailbox behind an address: how the same one is known under another spelling.

    Only what its provider is known to ignore is left out; anywhere else a dot or a plus may
    well be another person.
    """
    local, _, host = email.strip().lower().rpartition("@")
    host = _SAME_HOST.get(host, host)
    if host in _IGNORE_AFTER_PLUS:
        local = local.partition("+")[0] or local
    if host in _IGNORE_DOTS:
        local = local.replace(".", "") or local
    return f"{local}@{host}"


def region_of(jurisdiction: str, *, known: Collection[str]) -> str:
    """The country whose phone numbers are meant at a place ("US-WA" is "US").

    Raises ValueError for a country nobody knows.
    """
    region = jurisdiction.partition("-")[0].upper()
    if region not in known:
        raise ValueError(f"no such country: {region!r}")
    return region
