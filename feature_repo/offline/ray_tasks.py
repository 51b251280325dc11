"""The tasks of Ray's as-of join. Each worker imports this module, so it does not import Feast, which takes seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from feature_repo.offline.asof_sql import JoinedView, asof_query, empty_scan

if TYPE_CHECKING:
    from datetime import datetime

_ARROW = {"VARCHAR": pa.string(), "BIGINT": pa.int64(), "DOUBLE": pa.float64()}
_PACKED = pa.schema([("part", pa.int64()), ("entities", pa.bool_()), ("rows", pa.large_binary())])


def pack(
    table: pa.Table,
    *,
    key: str,
    tasks: int,
    entities: bool,
    time: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> pa.Table:
    """Return the rows as one blob for each task; all rows with the same key go to the same task."""
    if time is not None and until is not None:
        held = pc.less_equal(table[time], pa.scalar(until, table[time].type))
        if since is not None:
            held = pc.and_(held, pc.greater_equal(table[time], pa.scalar(since, table[time].type)))
        table = table.filter(held)
    if table.num_rows == 0:
        return _PACKED.empty_table()
    parts = pa.array((pd.util.hash_array(table[key].to_numpy()) % tasks).astype("int64"))
    packed = [
        {"part": part, "entities": entities, "rows": _to_bytes(table.filter(pc.equal(parts, part)))}
        for part in pc.unique(parts).to_pylist()
    ]
    return pa.Table.from_pylist(packed, schema=_PACKED)


def _to_bytes(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def join_part(group: pa.Table, *, view: JoinedView, schema: pa.Schema, times: tuple[datetime, datetime]) -> pa.Table:
    """Return the entities of one part with the view's features, by the query of the DuckDB store."""
    sides: dict[bool, list[pa.Table]] = {True: [], False: []}
    for entities, rows in zip(group["entities"].to_pylist(), group["rows"].to_pylist(), strict=True):
        sides[entities].append(pa.ipc.open_stream(rows).read_all())
    result = with_features(schema, view)
    if not sides[True]:
        return result.empty_table()
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("entities_here", pa.concat_tables(sides[True]))
        connection.execute("CREATE TABLE entities AS SELECT * FROM entities_here")
        if sides[False]:
            connection.register("rows_here", pa.concat_tables(sides[False]))
            numbered = "SELECT *, 0 AS file_index, row_number() OVER () AS file_row_number FROM rows_here"
            connection.execute(f"CREATE TABLE held AS {numbered}")
        else:
            view = view._replace(scan=empty_scan(view))
        query = asof_query("entities", schema.names, [view], *times)
        return connection.execute(query).to_arrow_table().select(result.names).cast(result)


def with_features(schema: pa.Schema, view: JoinedView) -> pa.Schema:
    """Return the columns of the entities, then those of the view."""
    return pa.schema([*schema, *(pa.field(name, _ARROW[kind]) for name, kind in view.features.items())])
