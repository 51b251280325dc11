"""Reviews to be ingested, on the local disk, so that memory does not grow with their number."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import pyarrow as pa
import pyarrow.parquet as pq

from feature_repo.ingest.index import digest, key_of
from sentiment.reviews.identity import fingerprint

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path
    from types import TracebackType

    from sentiment.reviews.held_out import HoldOut
    from sentiment.reviews.review import Label, Review

BATCH_ROWS = 8192

SCHEMA = pa.schema(
    [
        ("ordinal", pa.int64()),
        ("month", pa.string()),
        ("fingerprint", pa.int64()),
        ("document_fingerprint", pa.int64()),
        ("text_hash", pa.int64()),
        ("review_id", pa.string()),
        ("product_id", pa.string()),
        ("event_timestamp", pa.timestamp("us")),
        ("created_timestamp", pa.timestamp("us")),
        ("title", pa.string()),
        ("text", pa.string()),
        ("source", pa.string()),
        ("label", pa.string()),
        ("stars", pa.float64()),
        ("origin", pa.string()),
        ("weight", pa.float64()),
        ("held_out", pa.bool_()),
    ]
)
"""Times are in UTC and have no time zone: DuckDB would convert those with one to the machine's.

`held_out` is the side of a text that the lake has never had; `text_hash` finds it in indexes from before fingerprints.
"""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A source that has been read, on the local disk.

    Attributes:
        source: Id of the source.
        spool: Its reviews, as `Spool` writes them.
        rejected: Its unreadable rows, as lines of JSON; may be empty.
        quarantined: Number of unreadable rows.
        set_aside: Number of rows left out on purpose, for each reason.
        duplicate: Number of rows that repeat others, without those that are spooled.
        replayed_until: As in `Manifest`.
        made_from: As in `Manifest`.
    """

    source: str
    spool: Path
    rejected: Path
    quarantined: int
    set_aside: dict[str, int]
    duplicate: int = 0
    replayed_until: str | None = None
    made_from: dict[str, str] = field(default_factory=dict)


class ReviewLabel(NamedTuple):
    """The label of a review.

    Attributes:
        label: The label; None for three stars.
        origin: `stars`, also for sets that have labels only, or `feedback`.
        weight: Its weight, 0 to 1.
        labelled_at: Time of the label; for stars, that of the review.
    """

    label: Label | None
    origin: str
    weight: float
    labelled_at: datetime


class Spool:
    """Writes reviews to a Parquet file, `path`, in the order in which they are added."""

    def __init__(self, path: Path, hold_out: HoldOut) -> None:
        self.path = path
        self._hold_out = hold_out
        self.rows = 0
        self._columns: dict[str, list[Any]] = {name: [] for name in SCHEMA.names}
        self._writer = pq.ParquetWriter(path, SCHEMA, compression="lz4", use_dictionary=["month", "source", "label"])

    def add(self, review: Review, time: datetime, label: ReviewLabel) -> None:
        """Add a review that was written at a time; its text must be encodable in UTF-8."""
        in_utc = time.astimezone(UTC).replace(tzinfo=None)
        text = fingerprint(review.text)
        key = key_of(text)
        row = (
            self.rows,
            f"{in_utc:%Y-%m}",
            key,
            key_of(fingerprint(review.full_text)) if review.title else key,
            digest(review.text),
            review.review_id,
            review.product_id,
            in_utc,
            label.labelled_at.astimezone(UTC).replace(tzinfo=None),
            review.title,
            review.text,
            review.source,
            label.label,
            review.stars,
            label.origin,
            label.weight,
            self._hold_out.holds_out_fingerprint(text),
        )
        for values, value in zip(self._columns.values(), row, strict=True):
            values.append(value)
        self.rows += 1
        if self.rows % BATCH_ROWS == 0:
            self._flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._flush()
        self._writer.close()

    def _flush(self) -> None:
        self._writer.write_table(pa.table(self._columns, schema=SCHEMA))
        for values in self._columns.values():
            values.clear()
