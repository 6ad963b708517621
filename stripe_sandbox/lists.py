"""Lists: newest first, filtered through indexes, paged by a cursor that is an object's id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stripe_sandbox.errors import invalid, missing
from stripe_sandbox.shapes import BY_KIND, Obj, Shape
from stripe_sandbox.store import Store, unpack

_RANGES = (("gte", 0, False), ("gt", 1, False), ("lte", 1, True), ("lt", 0, True))


def page(
    store: Store, kind: str, *, params: Mapping[str, Any], filters: Mapping[str, Any], url: str
) -> Obj:
    """One page of a kind: `limit` 1-100 (10), `starting_after` or `ending_before`, `created`."""
    shape = BY_KIND[kind]
    limit = params.get("limit", 10)
    if not 1 <= limit <= 100:
        raise invalid(
            f"This value must be between 1 and 100 (it currently is '{limit}').", param="limit"
        )
    low, high = _window(store, shape, params.get("created"))
    newest_first = True
    if cursor := params.get("starting_after"):
        high = min(high, _seq(store, shape, cursor, "starting_after"))
    if cursor := params.get("ending_before"):
        low = max(low, _seq(store, shape, cursor, "ending_before") + 1)
        newest_first = False
    chosen = {name: value for name, value in filters.items() if value is not None}
    order = "DESC" if newest_first else "ASC"
    sql, args = _query(shape, chosen, order)
    rows = store.db.execute(sql, (*args, low, high, limit + 1)).fetchall()
    data = [unpack(shape, body) for (body,) in rows[:limit]]
    if not newest_first:
        data.reverse()
    return {"object": "list", "url": url, "has_more": len(rows) > limit, "data": data}


def every(store: Store, kind: str, filters: Mapping[str, Any]) -> list[Obj]:
    """All objects of a kind that carry these values, oldest first; for small sets."""
    shape = BY_KIND[kind]
    sql, args = _query(shape, filters, "ASC")
    rows = store.db.execute(sql, (*args, 0, 1 << 62, -1)).fetchall()
    return [unpack(shape, body) for (body,) in rows]


def _query(shape: Shape, filters: Mapping[str, Any], order: str) -> tuple[str, list[Any]]:
    if not filters:
        return (
            f"SELECT body FROM {shape.table} WHERE seq >= ? AND seq < ?"
            f" ORDER BY seq {order} LIMIT ?",
            [],
        )
    names = list(filters)
    args: list[Any] = []
    for name in names:
        args += [f"{shape.kind}.{name}", filters[name]]
    more = "".join(
        f" AND EXISTS (SELECT 1 FROM links f{n} WHERE f{n}.field = ? AND f{n}.value = ?"
        f" AND f{n}.seq = l.seq)"
        for n in range(1, len(names))
    )
    sql = (
        f"SELECT o.body FROM links l CROSS JOIN {shape.table} o ON o.seq = l.seq"
        f" WHERE l.field = ? AND l.value = ?{more} AND l.seq >= ? AND l.seq < ?"
        f" ORDER BY l.seq {order} LIMIT ?"
    )
    return sql, args


def _window(store: Store, shape: Shape, created: Any) -> tuple[int, int]:
    """The half-open range of `seq` in which these instants lie."""
    low, high = 0, 1 << 62
    if created is None:
        return low, high
    bounds = created if isinstance(created, dict) else {"gte": created, "lte": created}
    for name, shift, is_upper in _RANGES:
        if name not in bounds:
            continue
        edge = _first_at(store, shape, bounds[name] + shift)
        low, high = (low, min(high, edge)) if is_upper else (max(low, edge), high)
    return low, high


def _first_at(store: Store, shape: Shape, instant: int) -> int:
    """`seq` of the first object created at or after an instant; past the end when there is none."""
    row = store.db.execute(
        f"SELECT seq FROM {shape.table} WHERE created >= ? ORDER BY created, seq LIMIT 1",
        (instant,),
    ).fetchone()
    return row[0] if row else 1 << 62


def _seq(store: Store, shape: Shape, object_id: str, param: str) -> int:
    row = store.db.execute(f"SELECT seq FROM {shape.table} WHERE id = ?", (object_id,)).fetchone()
    if row is None:
        missing(shape.kind, object_id, param=param)
    return row[0]
