"""The manifest of a source: written last, so that a source without one is unfinished and is done again."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from feature_repo.errors import DamagedLakeError
from feature_repo.lake.counts import IngestCounts
from feature_repo.lake.keys import INDEX, LABELS, REVIEWS, SOURCES, manifest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from feature_repo.lake.objects import Lake

FORMAT = 1
"""Of what lies in the lake; a manifest of another one is that of an unfinished source."""


@dataclass(frozen=True, slots=True)
class Object:
    """One object of a source.

    Attributes:
        key: Where it lies.
        sha256: Of its bytes.
        size: In bytes.
        rows: How many it has.
    """

    key: str
    sha256: str
    size: int
    rows: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a source has in the lake; nothing in it depends on when or by whom it was ingested.

    Attributes:
        source: Its id.
        counts: What became of its rows.
        objects: Everything that belongs to it.
        first: Time of its first review, ISO 8601; None without reviews.
        last: Time of its last review.
        replayed_until: The day (YYYY-MM-DD) before which its times were spread for a demonstration; None where
            they are the reviews' own.
        made_from: What else decides its content: the checksum of a sample, the end of a window.
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
        """Return a stored manifest; None where it is of another format or damaged: then its source is unfinished."""
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
    """Return the manifest of a source; None where there is none that can be read."""
    content = lake.get(manifest(source))
    return Manifest.from_json(content) if content is not None else None


def read_manifests(lake: Lake, *, but: Collection[str] = ()) -> dict[str, Manifest]:
    """Return the manifest of every finished source, in the order of their ids.

    Args:
        lake: The bucket.
        but: Sources to leave out, whatever their manifests say: those that are about to be done again.

    Raises:
        DamagedLakeError: A manifest cannot be read. What its source has would be forgotten, and its texts kept twice.
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
    """Return what lies in the lake under each source's name, finished or not: key and size of each object."""
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for table in (REVIEWS, LABELS, INDEX):
        for listed in lake.list(f"{table}/"):
            found[PurePosixPath(listed.key).stem][listed.key] = listed.size
    return found


def sources_without_manifest(lake: Lake, sources: Iterable[str]) -> set[str]:
    """Return the sources that have no manifest at all; one that cannot be read may be that of a newer version."""
    return set(sources) - {PurePosixPath(listed.key).stem for listed in lake.list(f"{SOURCES}/")}
