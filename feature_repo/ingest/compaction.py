"""A cache of the archive's many small objects, one file a day: a window is read in seconds instead of hours.

An object in the cache counts only if its ETag is that of the object in `raw/`, so readers always get what is there.
Without the cache, or if it is damaged, the objects themselves are read.
"""

from __future__ import annotations

import heapq
import io
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from feature_repo.errors import DamagedLakeError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from feature_repo.lake.objects import Lake, Listed

SCATTERED = 16
"""If more objects than this are missing from the cache, it is rewritten."""
_ROWS = 64
"""Objects in one row group."""

_SCHEMA = pa.schema([("key", pa.string()), ("etag", pa.string()), ("content", pa.large_binary())])


def read_compacted(lake: Lake, objects: list[Listed], cache: str) -> Iterator[tuple[str, bytes]]:
    """Yield the key and content of a day's objects, in the order of keys, and cache them under a key if there are many.

    Raises:
        LakeError: S3 does not answer, or refuses.
        DamagedLakeError: The cache turns out to be damaged in the middle.
    """
    wanted = {one.key: one.etag for one in objects}
    kept = lake.get(cache) if len(objects) > SCATTERED else None
    there = _keys(kept, wanted) if kept is not None else set()
    scattered = [key for key in wanted if key not in there]
    found = heapq.merge(
        _contents(lake, cache, kept, there) if kept is not None else (), lake.get_all(scattered), key=itemgetter(0)
    )
    if len(scattered) <= SCATTERED:
        yield from found
        return
    with TemporaryDirectory() as folder:
        path = Path(folder) / "compacted.parquet"
        yield from _cached(found, wanted, path)
        lake.put(cache, path)


def _cached(found: Iterator[tuple[str, bytes]], etags: Mapping[str, str], path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield each key and content, and write them to a file."""
    rows: list[tuple[str, str, bytes]] = []
    with pq.ParquetWriter(path, _SCHEMA, compression="zstd") as writer:

        def flush() -> None:
            columns = zip(*rows, strict=True)
            arrays = [pa.array(values, kind) for values, kind in zip(columns, _SCHEMA.types, strict=True)]
            writer.write_batch(pa.record_batch(arrays, schema=_SCHEMA))
            rows.clear()

        for key, content in found:
            rows.append((key, etags[key], content))
            if len(rows) == _ROWS:
                flush()
            yield key, content
        if rows:
            flush()


def _keys(kept: bytes, wanted: Mapping[str, str]) -> set[str]:
    """Return the wanted objects that are cached as they are now."""
    try:
        table = pq.read_table(io.BytesIO(kept), columns=["key", "etag"])
    except (pa.ArrowException, OSError):
        return set()  # damaged: it is rewritten
    pairs = zip(table["key"].to_pylist(), table["etag"].to_pylist(), strict=True)
    return {key for key, etag in pairs if wanted.get(key) == etag}


def _contents(lake: Lake, cache: str, kept: bytes, keys: set[str]) -> Iterator[tuple[str, bytes]]:
    if not keys:
        return
    try:
        for batch in pq.ParquetFile(io.BytesIO(kept)).iter_batches(batch_size=_ROWS, columns=["key", "content"]):
            for key, content in zip(batch["key"].to_pylist(), batch["content"].to_pylist(), strict=True):
                if key in keys:
                    yield key, content
    except (pa.ArrowException, OSError) as error:
        raise DamagedLakeError(f"s3://{lake.bucket}/{cache} is damaged: remove it and run this again.") from error
