"""Parts of Flask-Security in our own make: where accounts are, how letters leave, how it hashes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from flask import current_app, request
from flask_security.datastore import SQLAlchemyUserDatastore
from flask_security.mail_util import MailUtil

from config import clock, outbox
from config.db import db
from config.errors import Unavailable

HASHES_AT_ONCE = 2
_LONGEST_WAIT_S = 5


class AccountStore(SQLAlchemyUserDatastore):
    """Looks people up by the stored form of their address, which an index knows."""

    def find_user(self, case_insensitive: bool = False, **kwargs: Any) -> Any:
        if "email" in kwargs:
            kwargs["email"] = str(kwargs["email"]).strip().lower()
        return super().find_user(case_insensitive=False, **kwargs)


class OutboxMail(MailUtil):
    """Flask-Security's letters leave through the outbox, as all others: the time of an answer
    does not tell whether a letter was written.
    """

    def validate(self, email: str) -> str:
        """Checked as text alone: asking a name server would tell known from unknown by time."""
        return self.normalize(email)

    def send_mail(
        self,
        template: str,
        subject: str,
        recipient: Any,
        sender: Any,
        body: str | None,
        html: str | None,
        **kwargs: Any,
    ) -> None:
        # The vendor takes the host that was asked, which is any that we answer to.
        base_url = current_app.extensions["taper.settings"].base_url
        text = (body or "").replace(request.host_url, f"{base_url}/")
        outbox.put(
            dedupe_key=f"sign-in:{template[:40]}:{uuid4().hex}",
            to=str(recipient),
            template="sign_in",
            context={"subject": str(subject), "body": text},
            now=clock.now(),
        )
        # Flask-Security's own store commits by itself; not every page of it would do so here.
        db.session.commit()


class CappedHashing:
    """A password context that computes a few hashes at a time and lets the others wait."""

    def __init__(self, context: Any) -> None:
        self._context = context
        self._places = threading.BoundedSemaphore(HASHES_AT_ONCE)

    def hash(self, *args: Any, **kwargs: Any) -> str:
        """The hash of a secret; Unavailable after too long in the queue."""
        with self._place():
            return self._context.hash(*args, **kwargs)

    def verify(self, *args: Any, **kwargs: Any) -> bool:
        """Whether a secret fits a hash; Unavailable after too long in the queue."""
        with self._place():
            return self._context.verify(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._places.acquire(timeout=_LONGEST_WAIT_S):
            raise Unavailable("busy", "Many people are signing in just now. Please try again.")
        try:
            yield
        finally:
            self._places.release()
