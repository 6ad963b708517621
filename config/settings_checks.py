"""Whether a setting can be what it claims to be; answers, and never raises."""

from __future__ import annotations

from email.utils import parseaddr
from urllib.parse import SplitResult, urlsplit

from babel import Locale, UnknownLocaleError
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

NOWHERE = urlsplit("")


def address(url: str) -> SplitResult:
    """The parts of an address of a site, http or https; NOWHERE unless it is a whole one."""
    try:
        parts = urlsplit(url)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets that do not close, a port that is none
        return NOWHERE
    return parts if whole and " " not in url else NOWHERE


def named(text: str) -> tuple[str, str]:
    """A name and what it stands for, of "name=value"; no name where there is no such sign."""
    name, sign, value = text.partition("=")
    return (name.strip(), value.strip()) if sign and value else ("", text)


def is_origin(url: str) -> bool:
    """Whether it names a site and nothing in it: pages hang below it, and it goes into mails."""
    parts = address(url)
    return parts is not NOWHERE and url == f"{parts.scheme}://{parts.netloc}" and "@" not in url


def known_database(url: str) -> bool:
    """Whether it is an address of a database of a kind that Taper speaks to."""
    try:
        make_url(url)
    except (ArgumentError, ValueError):
        return False
    return url.startswith(("sqlite:///", "postgresql+psycopg://"))


def known_locale(name: str) -> bool:
    """Whether dates and money can be written by it, as "en_US"."""
    try:
        Locale.parse(name)
    except (ValueError, UnknownLocaleError):
        return False
    return True


def is_sender(text: str) -> bool:
    """Whether mail can come from it: an address, alone or in angle brackets after a name."""
    address_alone = parseaddr(text)[1]
    local, _, domain = address_alone.rpartition("@")
    return bool(local and domain) and address_alone.isascii()
