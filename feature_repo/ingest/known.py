"""The texts that the lake has already, from the indexes of its sources."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from feature_repo.errors import DamagedLakeError
from feature_repo.lake.keys import index

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from feature_repo.lake.objects import Lake

SCHEMA = pa.schema(
    [
        ("text_hash", pa.int64()),
        ("document_hash", pa.int64()),
        ("review_id", pa.string()),
        ("product_id", pa.string()),
        ("event_timestamp", pa.timestamp("us")),
        ("label", pa.string()),
        ("stars", pa.float64()),
        ("kept", pa.bool_()),
    ]
)
"""Schema of an index, ordered by `text_hash`; times are in UTC.

A row that is not `kept` is a duplicate: the lake has its text under another title.
"""


def read_indexes(lake: Lake, sources: Iterable[str], columns: Sequence[str]) -> pa.Table:
    """Return columns of the indexes of sources, concatenated.

    Raises:
        DamagedLakeError: An index is missing or cannot be read.
    """
    schema = pa.schema([SCHEMA.field(name) for name in columns])
    tables = [_table(key, content, schema) for key, content in lake.get_all([index(one) for one in sources])]
    return pa.concat_tables([schema.empty_table(), *tables])


def _table(key: str, content: bytes, schema: pa.Schema) -> pa.Table:
    try:
        return pq.read_table(io.BytesIO(content), columns=schema.names).cast(schema)
    except (pa.ArrowException, ValueError, OSError) as error:
        raise DamagedLakeError(f"{key} cannot be read: remove it and ingest its source again.") from error
