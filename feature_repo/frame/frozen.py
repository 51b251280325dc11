"""Frozen training frames: a Parquet file under its SHA-256, and a manifest, which is written last."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from feature_repo.errors import DamagedDatasetError
from feature_repo.frame.examples import Examples
from feature_repo.lake.keys import dataset_file, dataset_manifest
from feature_repo.lake.objects import Lake
from feature_repo.settings import Settings

if TYPE_CHECKING:
    from feature_repo.frame.file import FrameFile
    from feature_repo.frame.labelled import Window

FORMAT = 1


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


def freeze(lake: Lake, file: FrameFile, window: Window, feature_service: str) -> FrozenDataset:
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
