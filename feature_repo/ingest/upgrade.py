"""Gives the indexes of a lake fingerprints.

Only a lake needs it that was last written by a version from before fingerprints: it has `offline/index/` instead of
`offline/fingerprints/` (docs/decisions/0077-what-is-held-out.md).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pyarrow as pa

from feature_repo.ingest.database import sorting_database
from feature_repo.ingest.index import INDEX, key_of, read_table, write_index
from feature_repo.ingest.partitions import text_batches
from feature_repo.lake.keys import OLD_INDEX, manifest, old_index
from feature_repo.lake.manifest import Object, read_manifest
from sentiment.reviews.held_out import was_held_out
from sentiment.reviews.identity import fingerprint
from sentiment.reviews.review import full_text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feature_repo.ingest.partitions import LocalObject
    from feature_repo.lake.manifest import Manifest
    from feature_repo.lake.objects import Lake

_FINGERPRINTS = pa.schema(
    [("review_id", pa.string()), ("fingerprint", pa.int64()), ("document_fingerprint", pa.int64())]
)
_SIDES = pa.schema([("review_id", pa.string()), ("held_out", pa.bool_())])


def upgrade_indexes(lake: Lake) -> None:
    """Give indexes from before fingerprints theirs, and each text the side that its id gave it.

    After a crash, the next call continues.

    Raises:
        DamagedLakeError: An index from before fingerprints, or its reviews, cannot be read.
        LakeError: S3 does not answer, or refuses.
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
    old = read_table(key, dict(lake.get_all([key]))[key], ["text_hash", "document_hash", *INDEX.names[2:8]])
    kept = old["review_id"].filter(old["kept"]).to_pylist()
    texts = pa.Table.from_batches(_fingerprints(lake, found, folder), schema=_FINGERPRINTS)
    sides = pa.table({"review_id": kept, "held_out": [was_held_out(review_id) for review_id in kept]}, schema=_SIDES)
    path = folder / "index.parquet"
    with sorting_database(folder) as database:
        for name, table in {"old": old, "texts": texts, "sides": sides}.items():
            database.register(name, table)
        return write_index(database.sql(_UPGRADED), found.source, path)


def _fingerprints(lake: Lake, found: Manifest, folder: Path) -> Iterator[pa.RecordBatch]:
    for batch in text_batches(lake, found, folder / "reviews.parquet"):
        ids, titles, texts = (batch[name].to_pylist() for name in ("review_id", "title", "text"))
        documents = list(map(full_text_of, titles, texts))
        keys = [[key_of(fingerprint(text)) for text in some] for some in (texts, documents)]
        yield pa.record_batch([ids, *keys], schema=_FINGERPRINTS)
