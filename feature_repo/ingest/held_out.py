"""The held-out reviews of the lake: their ids, under whichever spelling, and their texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from feature_repo.ingest.index import read_indexes
from feature_repo.ingest.partitions import text_batches
from feature_repo.lake.keys import FEEDBACK, REVIEWS
from feature_repo.lake.manifest import read_manifests
from sentiment.reviews.review import full_text_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from feature_repo.lake.objects import Lake


def held_out_ids(lake: Lake) -> pa.Array:
    """Return the ids of the reviews with stars whose text is held out.

    Raises:
        DamagedLakeError: An index is missing or cannot be read.
    """
    columns = ["review_id", "fingerprint", "kept", "held_out"]
    known = read_indexes(lake, read_manifests(lake, but={FEEDBACK}), columns)
    held_out = pc.unique(known["fingerprint"].filter(known["held_out"]))
    return known["review_id"].filter(pc.is_in(known["fingerprint"], held_out)).combine_chunks()


def held_out_texts(lake: Lake, since: datetime, folder: Path) -> Iterator[str]:
    """Yield title and text of the held-out reviews with stars that were written after a time.

    Files are downloaded to the folder, one at a time.

    Raises:
        DamagedLakeError: A file of reviews or an index is missing or cannot be read.
    """
    ids = held_out_ids(lake)
    first = f"{REVIEWS}/month={since:%Y-%m}"
    path = folder / "held-out.parquet"
    for source in read_manifests(lake, but={FEEDBACK}).values():
        for batch in text_batches(lake, source, path, first=first):
            rows = batch.filter(pc.is_in(batch["review_id"], ids))
            yield from map(full_text_of, rows["title"].to_pylist(), rows["text"].to_pylist())
