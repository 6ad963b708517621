"""Tables know only tables beside or below them, and their columns say what they hold."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

import app  # noqa: F401 - brings every table in
from config.base import Base
from tests.architecture.source import FLOORS

FLOOR_OF = {
    mapper.local_table.name: mapper.class_.__module__.partition(".")[0]
    for mapper in Base.registry.mappers
}
MONEY_WORDS = ("price", "amount", "total", "net", "tax", "paid", "credited", "debit", "value")


def points_up(table: str, target: str) -> bool:
    """Whether a foreign key from one table to another climbs a stair."""
    return FLOORS.index(FLOOR_OF[target]) > FLOORS.index(FLOOR_OF[table])


def test_every_table_belongs_to_a_floor() -> None:
    assert set(FLOOR_OF) == set(Base.metadata.tables)
    assert set(FLOOR_OF.values()) <= set(FLOORS)


def test_foreign_keys_point_down_or_sideways() -> None:
    keys = [
        (table.name, key.column.table.name)
        for table in Base.metadata.tables.values()
        for key in table.foreign_keys
    ]
    assert len(keys) > 20
    assert [pair for pair in keys if points_up(*pair)] == []
    assert points_up("location", "invoice")


def test_no_table_reaches_another_by_a_relationship_from_below() -> None:
    climbing = [
        f"{mapper.class_.__name__}.{relation.key}"
        for mapper in Base.registry.mappers
        for relation in mapper.relationships
        if points_up(mapper.local_table.name, relation.mapper.local_table.name)
    ]
    assert climbing == []


@pytest.mark.parametrize("table", sorted(Base.metadata.tables))
def test_columns_of_money_are_whole_cents_and_say_so(table: str) -> None:
    for column in Base.metadata.tables[table].columns:
        if column.name.endswith("_cents"):
            assert isinstance(column.type, sa.BigInteger), f"{table}.{column.name}"
        assert not isinstance(column.type, sa.Numeric | sa.Float), f"{table}.{column.name}"
        bare = column.name in MONEY_WORDS
        assert not bare, f"{table}.{column.name} does not say its unit"


@pytest.mark.parametrize("table", sorted(Base.metadata.tables))
def test_no_key_is_handed_out_by_the_database(table: str) -> None:
    for column in Base.metadata.tables[table].primary_key.columns:
        whole = isinstance(column.type, sa.Integer)
        assert not (whole and column.autoincrement is True), f"{table}.{column.name}"
        assert column.server_default is None


# A run writes these by the hundred thousand, and each repeats the place of a row that it points
# to or is counted by: the doctor compares them (A2, L1), the database does not look each one up.
PLACES_OF_PARENTS = {"posting", "payment_attempt", "credit_grant", "membership_period"}
# The audit knows no table: what is said there stays said when what it is about is gone.
ABOVE_ALL = {"audit_entry"}


def test_a_place_is_looked_up_by_the_database_or_compared_by_the_doctor() -> None:
    unguarded = {
        table.name
        for table in Base.metadata.tables.values()
        if "location_id" in table.c and not table.c.location_id.foreign_keys
    }
    assert unguarded == PLACES_OF_PARENTS | ABOVE_ALL
