"""Reviews on their way into the lake: on the local disk, so that memory does not grow with them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path
    from types import TracebackType

    from sentiment.reviews.review import Label, Review

BATCH_ROWS = 8192
DIGEST_BYTES = 8
"""Of a text; with 100 million texts, 1 chance in 3,000 of a mix-up."""

SCHEMA = pa.schema(
    [
        ("ordinal", pa.int64()),
        ("month", pa.string()),
        ("text_hash", pa.int64()),
        ("document_hash", pa.int64()),
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
    ]
)
"""Times are in UTC, without saying so: duckdb would put a zone's times in the machine's own."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A source read to its end, on the local disk.

    Attributes:
        source: Its id.
        spool: Its reviews, as `Spool` writes them.
        rejected: Its rows that could not be read, as lines of JSON; may be empty.
        quarantined: How many they are.
        set_aside: Rows left out on purpose: how many for each reason.
        duplicate: Rows known already to repeat others; of the spooled ones nobody knows yet.
        replayed_until: See `Manifest`.
        made_from: See `Manifest`.
    """

    source: str
    spool: Path
    rejected: Path
    quarantined: int
    set_aside: dict[str, int]
    duplicate: int = 0
    replayed_until: str | None = None
    made_from: dict[str, str] = field(default_factory=dict)


class Said(NamedTuple):
    """What is said of a review, and by whom.

    Attributes:
        label: What it is; None for three stars.
        origin: `stars` (also of sets that publish labels alone) or `feedback`.
        weight: 0 to 1.
        said_at: When; the review's own time for stars.
    """

    label: Label | None
    origin: str
    weight: float
    said_at: datetime


class Spool:
    """Takes reviews one at a time; afterwards they lie in `path` as parquet, in the order in which they came."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows = 0
        self._columns: dict[str, list[Any]] = {name: [] for name in SCHEMA.names}
        self._writer = pq.ParquetWriter(path, SCHEMA, compression="lz4", use_dictionary=["month", "source", "label"])

    def add(self, review: Review, time: datetime, said: Said) -> None:
        """Take one review.

        Args:
            review: Its text can be encoded in UTF-8.
            time: When it was written.
            said: Its label.
        """
        in_utc = time.astimezone(UTC).replace(tzinfo=None)
        row = (
            self.rows,
            f"{in_utc:%Y-%m}",
            digest(review.text),
            digest(f"{review.title}\n{review.text}"),
            review.review_id,
            review.product_id,
            in_utc,
            said.said_at.astimezone(UTC).replace(tzinfo=None),
            review.title,
            review.text,
            review.source,
            said.label,
            review.stars,
            said.origin,
            said.weight,
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


def digest(text: str) -> int:
    """Return the number by which a text is known again; blanks around it do not count.

    Raises:
        UnicodeEncodeError: It has half a surrogate pair.
    """
    data = hashlib.blake2b(text.strip().encode(), digest_size=DIGEST_BYTES).digest()
    return int.from_bytes(data, "big", signed=True)
