"""The indexes of sources: which texts the lake knows, by fingerprint, and which of them are held out.

An index stays when what an interrupted ingest left of its source is removed: the sides of its texts must not change.
"""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from feature_repo.errors import DamagedLakeError
from feature_repo.ingest.database import BATCH_ROWS
from feature_repo.ingest.partitions import LocalObject, groups, parquet_writer
from feature_repo.lake.keys import INDEX as INDEX_PREFIX
from feature_repo.lake.keys import index

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import duckdb

    from feature_repo.lake.objects import Lake

INDEX = pa.schema(
    [
        ("fingerprint", pa.int64()),
        ("document_fingerprint", pa.int64()),
        ("review_id", pa.string()),
        ("product_id", pa.string()),
        ("event_timestamp", pa.timestamp("us")),
        ("label", pa.string()),
        ("stars", pa.float64()),
        ("kept", pa.bool_()),
        ("held_out", pa.bool_()),
    ]
)
"""The columns of an index, ordered by `fingerprint`; times are in UTC.

`document_fingerprint` is that of title and text. A row that is not `kept` is a duplicate: the lake has its text under
another title. An index from before fingerprints has exact digests (`digest`) for texts that the lake does not have.
"""


def key_of(fingerprint: str) -> int:
    """Return the number under which indexes have a text; of 100 million texts two have the same by 1 in 3,000."""
    return int.from_bytes(bytes.fromhex(fingerprint)[:8], "big", signed=True)


def digest(text: str) -> int:
    """Return the number under which indexes had a text before fingerprints: exact but for surrounding whitespace.

    Raises:
        UnicodeEncodeError: The text has half a surrogate pair.
    """
    data = hashlib.blake2b(text.strip().encode(), digest_size=8).digest()
    return int.from_bytes(data, "big", signed=True)


def read_indexes(lake: Lake, sources: Iterable[str], columns: Sequence[str]) -> pa.Table:
    """Return columns of the indexes of sources, concatenated.

    Raises:
        DamagedLakeError: An index is missing or cannot be read.
    """
    return _concatenated(lake, [index(one) for one in sources], columns)


def read_sides(lake: Lake) -> pa.Table:
    """Return `fingerprint` and `held_out` of all texts that the lake has or ever had with stars.

    Raises:
        DamagedLakeError: An index cannot be read.
    """
    return _concatenated(lake, [one.key for one in lake.list(f"{INDEX_PREFIX}/")], ["fingerprint", "held_out"])


def write_index(rows: duckdb.DuckDBPyRelation, source: str, path: Path) -> LocalObject:
    """Write rows with the columns of `INDEX`, in their order, as the index of a source."""
    count = 0
    with parquet_writer(path, INDEX) as writer:
        for group in groups(rows.select(*INDEX.names).to_arrow_reader(BATCH_ROWS)):
            writer.write_table(group.cast(INDEX))
            count += group.num_rows
    return LocalObject.of(index(source), path, count)


def _concatenated(lake: Lake, keys: Sequence[str], columns: Sequence[str]) -> pa.Table:
    schema = pa.schema([INDEX.field(name) for name in columns])
    tables = [read_table(key, content, columns).cast(schema) for key, content in lake.get_all(keys)]
    return pa.concat_tables([schema.empty_table(), *tables])


def read_table(key: str, content: bytes, columns: Sequence[str]) -> pa.Table:
    """Return columns of an index from its content.

    Raises:
        DamagedLakeError: It cannot be read.
    """
    try:
        return pq.read_table(io.BytesIO(content), columns=list(columns)).select(columns)
    except (pa.ArrowException, ValueError, OSError, KeyError) as error:
        raise DamagedLakeError(f"{key} cannot be read: remove it and ingest its source again.") from error
