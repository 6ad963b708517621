"""Where these pages live, and whose they are."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("own", __name__)
