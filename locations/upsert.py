"""INSERT .. ON CONFLICT, which both databases speak and SQLAlchemy spells per dialect."""

from __future__ import annotations

from typing import cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from config.base import Base
from config.db import dialect


def insert_or(model: type[Base]) -> sqlite.Insert | postgresql.Insert:
    """An INSERT into the model's table that can say `on_conflict_do_update`."""
    insert = sqlite.insert if dialect() == "sqlite" else postgresql.insert
    return insert(cast(sa.Table, model.__table__))
