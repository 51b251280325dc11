"""The indexes of sources: which texts the lake knows, by fingerprint, and which of them are held out.

An index stays when what an interrupted ingest left of its source is removed: the sides of its texts must not change.
"""

from __future__ import annotations

import hashlib
import io
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from feature_repo.errors import DamagedLakeError
from feature_repo.ingest.database import BATCH_ROWS, sorting_database
from feature_repo.ingest.partitions import LocalObject, groups, parquet_writer
from feature_repo.lake.keys import INDEX as INDEX_PREFIX
from feature_repo.lake.keys import OLD_INDEX, REVIEWS, index, manifest, old_index
from feature_repo.lake.lease import lease
from feature_repo.lake.manifest import Object, read_manifest
from feature_repo.lake.secret import settle_key
from sentiment.reviews.held_out import was_held_out
from sentiment.reviews.identity import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import duckdb

    from feature_repo.lake.lease import Lease
    from feature_repo.lake.manifest import Manifest
    from feature_repo.lake.objects import Lake
    from sentiment.reviews.held_out import HoldOut

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


@contextmanager
def current(lake: Lake, hold_out: HoldOut) -> Iterator[Lease]:
    """Hold the lease of the lake, whose new texts are held out by this key, and whose indexes have fingerprints.

    Raises:
        AnotherKeyError: Its texts are held out by another key.
        IngestConflictError: Another ingest takes too long.
        DamagedLakeError: An index from before fingerprints, or its reviews, cannot be read.
        LakeError: S3 does not answer, or refuses.
    """
    with lease(lake) as held:
        settle_key(lake, hold_out)
        _upgrade_indexes(lake)
        yield held


def _upgrade_indexes(lake: Lake) -> None:
    """Give indexes from before fingerprints theirs, and each text the side that its id gave it.

    After a crash, the next call continues.
    """
    for listed in list(lake.list(f"{OLD_INDEX}/")):
        source = PurePosixPath(listed.key).stem
        found = read_manifest(lake, source)
        if found is None:
            continue  # unfinished: it is ingested again
        if listed.key in {one.key for one in found.objects}:
            with TemporaryDirectory() as folder:
                made = _upgraded(lake, found, Path(folder))
                lake.put(made.key, made.path)
            others = [one for one in found.objects if one.key != listed.key]
            stored = replace(found, objects=(*others, Object(made.key, made.sha256, made.size, made.rows)))
            lake.put(manifest(source), stored.to_json())
        lake.delete([listed.key])


_UPGRADED = """
SELECT coalesce(texts.fingerprint, same.fingerprint, text_hash) AS fingerprint,
  coalesce(texts.document_fingerprint, document_hash) AS document_fingerprint,
  old.review_id, product_id, event_timestamp, label, stars, kept,
  coalesce(sides.held_out, same.held_out, false) AS held_out
FROM old
LEFT JOIN texts USING (review_id)
LEFT JOIN sides USING (review_id)
LEFT JOIN (
  SELECT text_hash, any_value(texts.fingerprint) AS fingerprint, any_value(sides.held_out) AS held_out
  FROM old LEFT JOIN texts USING (review_id) JOIN sides USING (review_id) GROUP BY text_hash
) same USING (text_hash)
ORDER BY fingerprint, kept DESC, document_fingerprint
"""


def _upgraded(lake: Lake, found: Manifest, folder: Path) -> LocalObject:
    """Return the index of a source with fingerprints. Texts are read from its reviews; a digest stands for others."""
    key = old_index(found.source)
    old = _table(key, dict(lake.get_all([key]))[key], ["text_hash", "document_hash", *INDEX.names[2:8]])
    kept = old["review_id"].filter(old["kept"]).to_pylist()
    texts = pa.Table.from_batches(_fingerprints(lake, found, folder), schema=_FINGERPRINTS)
    sides = pa.table({"review_id": kept, "held_out": [was_held_out(review_id) for review_id in kept]}, schema=_SIDES)
    path = folder / "index.parquet"
    with sorting_database(folder) as database:
        for name, table in {"old": old, "texts": texts, "sides": sides}.items():
            database.register(name, table)
        return write_index(database.sql(_UPGRADED), found.source, path)


_FINGERPRINTS = pa.schema(
    [("review_id", pa.string()), ("fingerprint", pa.int64()), ("document_fingerprint", pa.int64())]
)
_SIDES = pa.schema([("review_id", pa.string()), ("held_out", pa.bool_())])


def _fingerprints(lake: Lake, found: Manifest, folder: Path) -> Iterator[pa.RecordBatch]:
    for one in found.objects:
        if not one.key.startswith(f"{REVIEWS}/"):
            continue
        path = folder / "reviews.parquet"
        if lake.download(one.key, path) is None:
            raise DamagedLakeError(f"s3://{lake.bucket}/{one.key} is missing: ingest its source again.")
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(BATCH_ROWS, columns=["review_id", "title", "text"]):
                ids, titles, texts = (batch[name].to_pylist() for name in ("review_id", "title", "text"))
                documents = [f"{title}\n{text}" if title else text for title, text in zip(titles, texts, strict=True)]
                keys = [[key_of(fingerprint(text)) for text in some] for some in (texts, documents)]
                yield pa.record_batch([ids, *keys], schema=_FINGERPRINTS)


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
    tables = [_table(key, content, columns).cast(schema) for key, content in lake.get_all(keys)]
    return pa.concat_tables([schema.empty_table(), *tables])


def _table(key: str, content: bytes, columns: Sequence[str]) -> pa.Table:
    try:
        return pq.read_table(io.BytesIO(content), columns=list(columns)).select(columns)
    except (pa.ArrowException, ValueError, OSError, KeyError) as error:
        raise DamagedLakeError(f"{key} cannot be read: remove it and ingest its source again.") from error
