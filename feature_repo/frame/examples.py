"""The rows of a frozen frame as examples, read in batches from a verified copy of its file."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pyarrow.parquet as pq

from feature_repo.errors import DamagedDatasetError
from feature_repo.lake.keys import dataset_file
from sentiment.reviews.example import Example
from sentiment.reviews.product import ProductStats
from sentiment.reviews.review import Review

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feature_repo.lake.objects import Lake
    from sentiment.reviews.review import Label

BATCH_ROWS = 5_000


class Examples:
    """The examples of one dataset, in the order of review ids; can be iterated over any number of times.

    The file is downloaded and verified before the first iteration, and stays on disk as long as this object lives.
    """

    def __init__(self, lake: Lake, *, sha256: str, rows: int) -> None:
        self._lake = lake
        self._sha256 = sha256
        self._rows = rows
        self._path: Path | None = None

    def __len__(self) -> int:
        return self._rows

    def __iter__(self) -> Iterator[Example]:
        """Yield each example.

        Raises:
            DamagedDatasetError: The file is missing, or has another checksum.
            LakeError: S3 does not answer, or refuses.
        """
        with pq.ParquetFile(self._verified()) as file:
            for batch in file.iter_batches(BATCH_ROWS):
                for row in batch.to_pylist():
                    yield _example(row)

    def _verified(self) -> Path:
        if self._path is None:
            folder = Path(tempfile.mkdtemp(prefix="sentiment-loop-dataset-"))
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
            path = folder / "reviews.parquet"
            key = dataset_file(self._sha256)
            sha256 = self._lake.download(key, path)
            if sha256 != self._sha256:
                what = "is missing" if sha256 is None else f"is damaged: its SHA-256 is {sha256}"
                raise DamagedDatasetError(f"s3://{self._lake.bucket}/{key} {what}; make the frame again")
            self._path = path
        return self._path


def _example(row: dict[str, Any]) -> Example:
    product = None
    if row["product_reviews"] is not None:
        product = ProductStats(row["product_reviews"], row["product_mean_stars"], row["product_positive_share"])
    review = Review(
        review_id=row["review_id"],
        product_id=row["product_id"],
        title=row["title"],
        text=row["text"],
        stars=row["stars"],
        label=cast("Label", row["label"]),
        time=row["event_timestamp"],
        source=row["source"],
    )
    return Example(review, row["weight"], product)
