"""A browser for tests that, as in real life, shares nothing with the code around it.

A request made while an application context is open would borrow that context with its `g`:
whoever signed in first would stay signed in for every browser of the test.
"""

from __future__ import annotations

from contextvars import Context
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


class OwnContextClient(FlaskClient):
    """Opens each address in an empty context."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        return Context().run(super().open, *args, **kwargs)
