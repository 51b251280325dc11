"""Frozen training frames: a Parquet file under its SHA-256, read as examples, and a manifest, which is written last."""

from __future__ import annotations

import json
import shutil
import tempfile
import weakref
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import pyarrow.parquet as pq

from feature_repo.errors import DamagedDatasetError
from feature_repo.lake.keys import dataset_file, dataset_manifest
from feature_repo.lake.objects import Lake
from feature_repo.settings import Settings
from sentiment.reviews.example import Example
from sentiment.reviews.held_out import was_held_out
from sentiment.reviews.product import ProductStats
from sentiment.reviews.review import Review

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feature_repo.frame.file import FrameFile
    from feature_repo.frame.window import Window
    from sentiment.reviews.review import Label

FORMAT = 1
BATCH_ROWS = 5_000


@dataclass(frozen=True, kw_only=True)
class FrozenDataset:
    """A training frame that never changes.

    Attributes:
        address: `s3://<bucket>/datasets/<sha256>/`.
        sha256: SHA-256 of its Parquet file, which has the reviews, the service and `replayed`.
        rows: Number of reviews, each once, in the order of their ids.
        held_out: Number of held-out reviews.
        window_start: Start of the window, exclusive, in UTC.
        window_end: End of the window, inclusive, of the first frame with exactly these reviews.
        feature_service: Name of the service of its features.
        sources: Number of reviews from each source.
        labels: For `training` and `held_out`, the number of reviews with each label.
        replayed: Whether some of its times are not the reviews' own.
        held_out_key: Fingerprint of the key that held out what is new in it; None if it is older than sides are stored.
    """

    address: str
    sha256: str
    rows: int
    held_out: int
    window_start: datetime
    window_end: datetime
    feature_service: str
    sources: dict[str, int]
    labels: dict[str, dict[str, int]]
    replayed: bool
    held_out_key: str | None = None

    def examples(self) -> Examples:
        """Return its rows as examples, which can be iterated over any number of times."""
        return Examples(_lake_of(self.address), sha256=self.sha256, rows=self.rows)

    def to_json(self) -> bytes:
        """Return the manifest as it is stored."""
        record: dict[str, Any] = {"format": FORMAT} | {
            name: value.isoformat() if isinstance(value, datetime) else value for name, value in vars(self).items()
        }
        return json.dumps(record, indent=2, sort_keys=True).encode() + b"\n"

    @classmethod
    def from_json(cls, content: bytes) -> FrozenDataset | None:
        """Return a stored manifest; None if it is damaged or of another format."""
        try:
            record = json.loads(content)
            if record.pop("format") != FORMAT:
                return None
            for name in ("window_start", "window_end"):
                record[name] = datetime.fromisoformat(record[name])
            return cls(**record)
        except (ValueError, KeyError, TypeError, AttributeError):
            return None


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
    held_out = row.get("held_out")  # missing in frames from before sides were stored
    return Example(review, row["weight"], product, was_held_out(review.review_id) if held_out is None else held_out)


def freeze(
    lake: Lake, file: FrameFile, window: Window, feature_service: str, *, held_out_key: str | None = None
) -> FrozenDataset:
    """Write a frame to the lake, unless it is there already, and return it.

    Raises:
        LakeError: S3 does not answer, or refuses. Run it again: a frame without a manifest does not count.
    """
    done = lake.get(dataset_manifest(file.sha256))
    if done is not None and (stored := FrozenDataset.from_json(done)) is not None:
        return stored
    dataset = FrozenDataset(
        address=f"s3://{lake.bucket}/{dataset_manifest(file.sha256).removesuffix('manifest.json')}",
        sha256=file.sha256,
        rows=file.rows,
        held_out=sum(file.labels["held_out"].values()),
        window_start=window.start,
        window_end=window.end,
        feature_service=feature_service,
        sources=file.sources,
        labels=file.labels,
        replayed=file.replayed,
        held_out_key=held_out_key,
    )
    lake.put(dataset_file(file.sha256), file.path)
    lake.put(dataset_manifest(file.sha256), dataset.to_json())
    return dataset


def open_frozen(address: str) -> FrozenDataset:
    """Return the dataset at an address.

    Raises:
        DamagedDatasetError: There is none, or its manifest cannot be read.
        LakeError: S3 does not answer, or refuses.
    """
    sha256 = urlsplit(address).path.rstrip("/").rpartition("/")[2]
    content = _lake_of(address).get(dataset_manifest(sha256))
    if content is None:
        raise DamagedDatasetError(f"{address} is missing or unfinished: make the frame again")
    dataset = FrozenDataset.from_json(content)
    if dataset is None or dataset.sha256 != sha256:
        raise DamagedDatasetError(f"the manifest of {address} cannot be read: remove it and make the frame again")
    return dataset


def _lake_of(address: str) -> Lake:
    bucket = urlsplit(address).netloc
    if not address.startswith("s3://") or not bucket:
        raise DamagedDatasetError(f"{address!r} is not the address of a dataset, which starts with s3://<bucket>/")
    return Lake(Settings(lake_bucket=bucket))
