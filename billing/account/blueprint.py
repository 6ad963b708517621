"""Where these pages live."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("buying", __name__)
