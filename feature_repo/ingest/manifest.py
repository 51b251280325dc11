"""The manifest of a source: written last, so that a source without one is unfinished and is done again."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from feature_repo.ingest.counts import IngestCounts
from feature_repo.keys import LABELS, REVIEWS, SOURCES, index, manifest

if TYPE_CHECKING:
    from feature_repo.lake import Lake

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


def read_manifests(lake: Lake) -> dict[str, Manifest]:
    """Return the manifest of every finished source, in the order of their ids."""
    found = {}
    for key, content in lake.get_all([listed.key for listed in lake.list(f"{SOURCES}/")]):
        known = Manifest.from_json(content)
        if known is not None and key == manifest(known.source):
            found[known.source] = known
    return found


def objects_of(lake: Lake, source: str) -> dict[str, int]:
    """Return the objects that lie in the lake under a source's name, finished or not: key and size."""
    found = {
        listed.key: listed.size
        for table in (REVIEWS, LABELS)
        for listed in lake.list(f"{table}/")
        if listed.key.endswith(f"/{source}.parquet")
    }
    own_index = index(source)
    found |= {listed.key: listed.size for listed in lake.list(own_index) if listed.key == own_index}
    return found
