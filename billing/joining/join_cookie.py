"""What somebody chose and typed on the way in, carried by their own browser and nowhere else.

Nothing of them is stored before they go to pay, so who leaves half-way leaves nothing behind.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from flask import current_app, session

from config.settings import Settings

KEPT = "join"
PASSWORD_KEPT_S = 3600


@dataclass(frozen=True, slots=True)
class Joining:
    """What is known so far; empty where a step was not taken yet.

    `choice` is "pack:<version>" or "plan:<version>", `code` a promotion's; `password` is sealed;
    `shown` are fingerprints of what was on the page, by kind of document, plan or "total".
    """

    location: str = ""
    choice: str = ""
    code: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    password: str = ""
    signed_name: str = ""
    shown: dict[str, str] = field(default_factory=dict)

    def but(self, **changed: Any) -> Joining:
        """The same with some of it changed."""
        return replace(self, **changed)

    def showing(self, **shown: str) -> Joining:
        """The same, remembering what the next page shows."""
        return replace(self, shown={**self.shown, **shown})


def kept() -> Joining:
    """What this browser brought along; what an older version kept counts as nothing."""
    held = session.get(KEPT)
    if not isinstance(held, dict) or held.keys() != {f.name for f in fields(Joining)}:
        return Joining()
    return Joining(**held)


def keep(joining: Joining) -> None:
    """Give it to the browser, signed."""
    session[KEPT] = asdict(joining)


def forget() -> None:
    """The way in is over."""
    session.pop(KEPT, None)


def seal(password: str) -> str:
    """A password as the browser may carry it: readable by us alone, for an hour."""
    return _box().encrypt(password.encode()).decode()


def unseal(sealed: str) -> str | None:
    """The password, or nothing where its hour is over or somebody meddled."""
    try:
        return _box().decrypt(sealed.encode(), ttl=PASSWORD_KEPT_S).decode()
    except InvalidToken:
        return None


def fingerprint(text: str) -> str:
    """Enough of a hash to tell whether a text is still the one that was shown."""
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _box() -> Fernet:
    settings: Settings = current_app.extensions["taper.settings"]
    assert settings.secret_key is not None, "a start keeps every own secret"
    secret = f"join:{settings.secret_key.reveal()}"
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(secret.encode()).digest()))
