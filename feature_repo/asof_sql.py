"""The as-of join of several views with a table of entities, as one query for DuckDB."""

# ruff: noqa: S608 - a query is put together from names, which are quoted; no value of a row is in it

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from feature_repo.duckdb_engine import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TIME = "event_timestamp"
"""The column of the entities that says as of when their features are wanted."""

_ROW = "(file_index::BIGINT * 1099511627776 + file_row_number)"
"""Which row of which file: numbers that two scans of the same files agree on."""
_ROWS = "9223372036854775807::HUGEINT"
"""More than there are rows."""


class JoinedView(NamedTuple):
    """A view as the query needs it.

    Attributes:
        name: Of the view.
        path: Of its Parquet files, a pattern.
        keys: Its columns that name the entity, and those of the entities that they are compared with.
        features: The columns to return.
        time: The column that says since when a row holds.
        created: The column that decides between rows of one entity and time: the newest holds.
        ttl_us: How long a row holds, in microseconds; None for ever.
    """

    name: str
    path: str
    keys: Mapping[str, str]
    features: Sequence[str]
    time: str
    created: str
    ttl_us: int | None


def asof_query(entities: str, columns: Sequence[str], views: Sequence[JoinedView]) -> str:
    """Return the query: the columns of the entities, then the features of each view, in the order of `entity_row`.

    Args:
        entities: A table with these columns, and `entity_row`: a number for each of its rows.
        columns: What to return of it.
        views: What to join it with.
    """
    parts = [part for number, view in enumerate(views) for part in _found(entities, number, view)]
    joins = "".join(f" LEFT JOIN features_{number} USING (entity_row)" for number in range(len(views)))
    features = [feature for view in views for feature in view.features]
    selected = ", ".join([*(f"entities.{_name(column)}" for column in columns), *(_name(name) for name in features)])
    return f"WITH {', '.join(parts)} SELECT {selected} FROM {entities} entities{joins} ORDER BY entity_row"


def _found(entities: str, number: int, view: JoinedView) -> tuple[str, str]:
    """Return two tables: which row of the view holds for which entity, by narrow columns alone; and its features."""
    scan = f"read_parquet({quoted(view.path)}, hive_partitioning = false)"
    keys = ", ".join(_name(key) for key in view.keys)
    wanted = ", ".join(_name(key) for key in view.keys.values())
    time, created = _name(view.time), _name(view.created)
    same = " AND ".join(f"entities.{_name(other)} = versions.{_name(key)}" for key, other in view.keys.items())
    holds = "" if view.ttl_us is None else f" WHERE entities.{TIME} <= versions.{time} + to_microseconds({view.ttl_us})"
    features = ", ".join(_name(name) for name in view.features)
    return (
        f"""found_{number} AS MATERIALIZED (
  SELECT entities.entity_row, (versions.newest % {_ROWS})::BIGINT AS source_row
  FROM {entities} entities ASOF JOIN (
    SELECT {keys}, {time}, max(epoch_us({created})::HUGEINT * {_ROWS} + {_ROW}) AS newest
    FROM {scan}
    WHERE {time} <= (SELECT max({TIME}) FROM {entities}) AND ({keys}) IN (SELECT ({wanted}) FROM {entities})
    GROUP BY ALL
  ) versions ON {same} AND entities.{TIME} >= versions.{time}{holds}
)""",
        f"""features_{number} AS (
  SELECT entity_row, {features} FROM {scan} rows JOIN found_{number} ON source_row = {_ROW}
)""",
    )


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
