"""Manifests of sources. Each is written last: a source without one is unfinished, and is ingested again."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Self

from feature_repo.errors import DamagedLakeError
from feature_repo.lake.keys import INDEX, LABELS, REVIEWS, SOURCES, manifest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from feature_repo.lake.objects import Lake

FORMAT = 1
"""Version of the lake's files; a source with a manifest of another version counts as unfinished."""


@dataclass(frozen=True, slots=True)
class IngestCounts:
    """What happened to the rows of an ingest; `read` is the sum of the others.

    Attributes:
        kept: Reviews in the lake.
        duplicate: Repeated events, and reviews whose text this or another source has already.
        quarantined: Unreadable rows, listed under `quarantine/` with the reason.
        set_aside: Rows left out on purpose: the number for each reason.
        changed: Whether the lake changed.
    """

    kept: int = 0
    duplicate: int = 0
    quarantined: int = 0
    set_aside: Mapping[str, int] = field(default_factory=dict)
    changed: bool = False

    @property
    def read(self) -> int:
        """The number of rows read."""
        return self.kept + self.duplicate + self.quarantined + sum(self.set_aside.values())

    def __add__(self, other: Self) -> IngestCounts:
        """Return the sums."""
        return IngestCounts(
            kept=self.kept + other.kept,
            duplicate=self.duplicate + other.duplicate,
            quarantined=self.quarantined + other.quarantined,
            set_aside=dict(Counter(self.set_aside) + Counter(other.set_aside)),
            changed=self.changed or other.changed,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the counts as they are in a manifest: without `changed`."""
        return {"read": self.read, **{name: getattr(self, name) for name in _COUNTS}}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Self:
        """Return the counts of a manifest.

        Raises:
            KeyError: A count is missing.
        """
        return cls(**{name: record[name] for name in _COUNTS})


_COUNTS = ("kept", "duplicate", "quarantined", "set_aside")


@dataclass(frozen=True, slots=True)
class Object:
    """One object of a source; `size` is in bytes."""

    key: str
    sha256: str
    size: int
    rows: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the lake has of a source, independent of when and by whom it was ingested.

    Attributes:
        source: Id of the source.
        counts: What happened to its rows.
        objects: Its objects.
        first: Time of its first review, ISO 8601; None without reviews.
        last: Time of its last review.
        replayed_until: The day (YYYY-MM-DD) before which its times were spread; None if they are the reviews' own.
        made_from: What else its content depends on, such as the checksum of a sample or the end of a window.
    """

    source: str
    counts: IngestCounts
    objects: tuple[Object, ...]
    first: str | None = None
    last: str | None = None
    replayed_until: str | None = None
    made_from: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> bytes:
        """Return the manifest as it is stored."""
        record = asdict(self) | {"format": FORMAT, "counts": self.counts.to_dict()}
        return json.dumps(record, indent=2, sort_keys=True).encode() + b"\n"

    @classmethod
    def from_json(cls, content: bytes) -> Manifest | None:
        """Return a stored manifest; None if it is damaged or of another version."""
        try:
            record: dict[str, Any] = json.loads(content)
            if record.pop("format") != FORMAT:
                return None
            return cls(
                **record
                | {
                    "counts": IngestCounts.from_dict(record["counts"]),
                    "objects": tuple(Object(**one) for one in record["objects"]),
                }
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            return None


def read_manifest(lake: Lake, source: str) -> Manifest | None:
    """Return the manifest of a source; None if there is none, or it cannot be read."""
    content = lake.get(manifest(source))
    return Manifest.from_json(content) if content is not None else None


def read_manifests(lake: Lake, *, but: Collection[str] = ()) -> dict[str, Manifest]:
    """Return the manifest of every source but those that are being ingested again, in the order of ids.

    Raises:
        DamagedLakeError: A manifest cannot be read. Without it, texts of its source would be kept twice.
    """
    found = {}
    left_out = {manifest(source) for source in but}
    keys = [listed.key for listed in lake.list(f"{SOURCES}/") if listed.key not in left_out]
    for key, content in lake.get_all(keys):
        known = Manifest.from_json(content)
        if known is None:
            raise DamagedLakeError(
                f"s3://{lake.bucket}/{key} is damaged or of another version: ingest its source again, or remove it."
            )
        found[known.source] = known
    return found


def objects_by_source(lake: Lake) -> dict[str, dict[str, int]]:
    """Return key and size of the objects of each source, finished or not."""
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for table in (REVIEWS, LABELS, INDEX):
        for listed in lake.list(f"{table}/"):
            found[PurePosixPath(listed.key).stem][listed.key] = listed.size
    return found


def sources_without_manifest(lake: Lake, sources: Iterable[str]) -> set[str]:
    """Return the sources without a manifest; one that cannot be read counts, as it may be of a newer version."""
    return set(sources) - {PurePosixPath(listed.key).stem for listed in lake.list(f"{SOURCES}/")}
