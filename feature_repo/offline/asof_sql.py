"""The as-of join of several views with a table of entities, as one query for DuckDB."""

# ruff: noqa: S608 - a query is put together from names, which are quoted; no value of a row is in it

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

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
        scan: What to select its rows from (`parquet_scan`, `empty_scan`): with two columns more, `file_index` and
            `file_row_number`, that two scans agree on.
        keys: Its columns that name the entity, and those of the entities that they are compared with.
        features: The columns to return, each with its type in DuckDB.
        time: The column that says since when a row holds.
        created: The column that decides between rows of one entity and time: the newest holds.
        ttl: How long a row holds; None for ever.
        wide: Whether its features are long, such as texts.
    """

    name: str
    scan: str
    keys: Mapping[str, str]
    features: Mapping[str, str]
    time: str
    created: str
    ttl: timedelta | None
    wide: bool


def parquet_scan(path: str) -> str:
    """Return what selects the rows of the files of a pattern."""
    return f"read_parquet({quoted(path)}, hive_partitioning = false)"


def empty_scan(view: JoinedView) -> str:
    """Return what selects no rows, with the columns of the view."""
    typed = dict.fromkeys(view.keys, "VARCHAR") | dict.fromkeys((view.time, view.created), "TIMESTAMPTZ")
    typed |= {**view.features, "file_index": "BIGINT", "file_row_number": "BIGINT"}
    return f"(SELECT {', '.join(f'NULL::{kind} AS {_name(name)}' for name, kind in typed.items())} WHERE false)"


def asof_query(
    entities: str, columns: Sequence[str], views: Sequence[JoinedView], first: datetime, last: datetime
) -> str:
    """Return the query: the columns of the entities, then the features of each view, in the order of `entity_row`.

    Which row of a view holds for an entity is found by keys and times alone, so that no text goes through an as-of
    join. Wide views are joined last, so that their features go through one join and the sort, and no further.

    Args:
        entities: A table with these columns, and `entity_row`: a number for each of its rows.
        columns: What to return of it.
        views: What to join it with.
        first: The earliest time of an entity, with a zone,
        last: and the latest: what cannot hold between them is not read.
    """
    found = ", ".join(_found(entities, view, first, last, f"row_{number}") for number, view in enumerate(views))
    rows = "".join(f" LEFT JOIN found_{name} USING (entity_row)" for name in _row_names(views))
    in_order = sorted(enumerate(views), key=lambda one: one[1].wide)
    joins = "".join(_features(view, first, last, f"row_{number}") for number, view in in_order)
    selected = ", ".join(_name(name) for name in [*columns, *(name for view in views for name in view.features)])
    return f"""WITH {found},
rows AS (SELECT entities.*, {", ".join(_row_names(views))} FROM {entities} entities{rows})
SELECT {selected} FROM rows{joins} ORDER BY entity_row"""


def _row_names(views: Sequence[JoinedView]) -> list[str]:
    return [f"row_{number}" for number in range(len(views))]


def _found(entities: str, view: JoinedView, first: datetime, last: datetime, row: str) -> str:
    """Return the table of which row of the view holds for which entity."""
    keys = ", ".join(_name(key) for key in view.keys)
    wanted = ", ".join(_name(key) for key in view.keys.values())
    time, created = _name(view.time), _name(view.created)
    same = " AND ".join(f"entities.{_name(other)} = versions.{_name(key)}" for key, other in view.keys.items())
    holds = "" if view.ttl is None else f"WHERE entities.{TIME} <= versions.{time} + {_interval(view.ttl)}"
    return f"""found_{row} AS MATERIALIZED (
  SELECT entities.entity_row, (versions.newest % {_ROWS})::BIGINT AS {row}
  FROM {entities} entities ASOF JOIN (
    SELECT {keys}, {time}, max(epoch_us({created})::HUGEINT * {_ROWS} + {_ROW}) AS newest
    FROM {view.scan}
    WHERE {_could_hold(view, first, last)} AND ({keys}) IN (SELECT ({wanted}) FROM {entities})
    GROUP BY ALL
  ) versions ON {same} AND entities.{TIME} >= versions.{time}
  {holds}
)"""


def _features(view: JoinedView, first: datetime, last: datetime, row: str) -> str:
    features = ", ".join(_name(name) for name in view.features)
    where = _could_hold(view, first, last)
    return f"\nLEFT JOIN (SELECT {_ROW} AS {row}, {features} FROM {view.scan} WHERE {where}) {row} USING ({row})"


def _could_hold(view: JoinedView, first: datetime, last: datetime) -> str:
    """Return the condition that a row can hold for some entity: files that have none such are skipped."""
    time = _name(view.time)
    until = f"{time} <= {_literal(last)}"
    return until if view.ttl is None else f"{time} >= {_literal(first - view.ttl)} AND {until}"


def _interval(length: timedelta) -> str:
    return f"to_microseconds({length // timedelta(microseconds=1)})"


def _literal(time: datetime) -> str:
    return f"{quoted(time.astimezone(UTC).isoformat())}::TIMESTAMPTZ"


def quoted(value: str) -> str:
    """Return the text as a literal of SQL."""
    return "'" + value.replace("'", "''") + "'"


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
