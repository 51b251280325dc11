"""The as-of join of a table of entities with several views, as one DuckDB query."""

# ruff: noqa: S608 - queries are built from quoted names, never from values of rows

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TIME = "event_timestamp"
"""The entities' column with the time at which their features are looked up."""

_ROW = "(file_index::BIGINT * 1099511627776 + file_row_number)"
"""The number of a row: two scans of the same files give the same one."""
_ROWS = "9223372036854775807::HUGEINT"
"""More than the highest number of a row."""


class JoinedView(NamedTuple):
    """A view, as the query needs it.

    Attributes:
        name: Name of the view.
        scan: The `FROM` clause of its rows (`parquet_scan`, `empty_scan`), with the additional columns `file_index`
            and `file_row_number`, which number the rows in the same way in every scan.
        keys: Its key columns, each with the column of the entities that it is compared with.
        features: The columns to return, each with its DuckDB type.
        time: The column with the time from which a row is valid.
        created: The column that decides between rows with the same key and time: the newest wins.
        ttl: How long a row is valid; None for ever.
        wide: Whether its features are large, such as texts.
    """

    name: str
    scan: str
    keys: Mapping[str, str]
    features: Mapping[str, str]
    time: str
    created: str
    ttl: timedelta | None
    wide: bool


def parquet_scan(path: str, *, by_name: bool = False) -> str:
    """Return a scan of the files that match a pattern; with `by_name`, of the columns of all, not of the first."""
    return f"read_parquet({quoted(path)}, hive_partitioning = false, union_by_name = {str(by_name).lower()})"


def empty_scan(view: JoinedView) -> str:
    """Return a scan without rows, with the columns of the view."""
    typed = dict.fromkeys(view.keys, "VARCHAR") | dict.fromkeys((view.time, view.created), "TIMESTAMPTZ")
    typed |= {**view.features, "file_index": "BIGINT", "file_row_number": "BIGINT"}
    return f"(SELECT {', '.join(f'NULL::{kind} AS {_name(name)}' for name, kind in typed.items())} WHERE false)"


def asof_query(
    entities: str, columns: Sequence[str], views: Sequence[JoinedView], first: datetime, last: datetime
) -> str:
    """Return the query for the columns of the entities and the features of each view, in the order of `entity_row`.

    The valid row of each view is looked up by keys and times alone, so that no text goes through an as-of join. Wide
    views are joined last, so that their features go through one join and the sort only.

    Args:
        entities: Name of a table with these columns and `entity_row`, the number of each row.
        columns: The columns to return.
        views: The views to join.
        first: The earliest time of an entity, with a time zone.
        last: The latest. Rows that are not valid between the two are not read.
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
    """Return the table of the row of the view that is valid for each entity."""
    keys = ", ".join(_name(key) for key in view.keys)
    wanted = ", ".join(_name(key) for key in view.keys.values())
    time, created = _name(view.time), _name(view.created)
    same = " AND ".join(f"entities.{_name(other)} = versions.{_name(key)}" for key, other in view.keys.items())
    valid = "" if view.ttl is None else f"WHERE entities.{TIME} <= versions.{time} + {_interval(view.ttl)}"
    return f"""found_{row} AS MATERIALIZED (
  SELECT entities.entity_row, (versions.newest % {_ROWS})::BIGINT AS {row}
  FROM {entities} entities ASOF JOIN (
    SELECT {keys}, {time}, max(epoch_us({created})::HUGEINT * {_ROWS} + {_ROW}) AS newest
    FROM {view.scan}
    WHERE {_can_be_valid(view, first, last)} AND ({keys}) IN (SELECT ({wanted}) FROM {entities})
    GROUP BY ALL
  ) versions ON {same} AND entities.{TIME} >= versions.{time}
  {valid}
)"""


def _features(view: JoinedView, first: datetime, last: datetime, row: str) -> str:
    features = ", ".join(_name(name) for name in view.features)
    where = _can_be_valid(view, first, last)
    return f"\nLEFT JOIN (SELECT {_ROW} AS {row}, {features} FROM {view.scan} WHERE {where}) {row} USING ({row})"


def _can_be_valid(view: JoinedView, first: datetime, last: datetime) -> str:
    """Return the condition that a row can be valid for some entity; files without such rows are skipped."""
    time = _name(view.time)
    until = f"{time} <= {_literal(last)}"
    return until if view.ttl is None else f"{time} >= {_literal(first - view.ttl)} AND {until}"


def _interval(length: timedelta) -> str:
    return f"to_microseconds({length // timedelta(microseconds=1)})"


def _literal(time: datetime) -> str:
    return f"{quoted(time.astimezone(UTC).isoformat())}::TIMESTAMPTZ"


def quoted(value: str) -> str:
    """Return the text as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
