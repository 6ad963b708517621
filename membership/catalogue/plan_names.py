"""Which plan a version is of, and what that plan is called."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from config.db import db
from membership.models import Plan, PlanVersion


def plan_of(plan_version_id: UUID) -> UUID:
    """The plan of a version."""
    query = sa.select(PlanVersion.plan_id).where(PlanVersion.id == plan_version_id)
    return db.session.scalars(query).one()


def name_of(plan_version_id: UUID) -> str:
    """What the plan of a version is called by members."""
    query = sa.select(Plan.name).join(PlanVersion, PlanVersion.plan_id == Plan.id)
    return db.session.scalars(query.where(PlanVersion.id == plan_version_id)).one()


def code_of(plan_version_id: UUID) -> str:
    """What the plan of a version is called in the books."""
    query = sa.select(Plan.code).join(PlanVersion, PlanVersion.plan_id == Plan.id)
    return db.session.scalars(query.where(PlanVersion.id == plan_version_id)).one()
