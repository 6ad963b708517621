"""Where the pages of managers hang, and which locations they may name."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("manager", __name__, url_prefix="/manage")
