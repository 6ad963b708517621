"""A value that never shows itself by accident."""

from __future__ import annotations

import hmac
import os
import secrets
from pathlib import Path

_HIDDEN = "********"


class Secret:
    """Text that prints as asterisks; only `reveal()` gives it away."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the one call that needs it."""
        return self._text

    def matches(self, offered: str) -> bool:
        """Whether somebody offered the same text, in equal time."""
        return hmac.compare_digest(self._text.encode(), offered.encode("utf-8", "replace"))

    def __str__(self) -> str:
        return _HIDDEN

    def __repr__(self) -> str:
        return f"Secret({_HIDDEN})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.matches(other._text)

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled")


def kept_secret(path: Path) -> Secret:
    """The secret stored at `path`, made on first use, readable by its owner alone.

    Two processes that start at once agree: whoever links the file first wins.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # the other process was first; its secret is the one to use
        finally:
            draft.unlink()
    return Secret(path.read_text().strip())
