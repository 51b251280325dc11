"""Many files of reviews made one: labelled, no text twice, with a count of what became of every row."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, cast

from sentiment.files import check_replaceable, written_whole
from sentiment.reviews.reading import Rejected, format_of, read_reviews
from sentiment.reviews.record import to_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from sentiment.reviews.review import Review

KEPT = ("positive", "negative")
COMPRESSION_LEVEL = 6
BUFFER_BYTES = 256 * 1024
DIGEST_BYTES = 8
"""Size of the digest by which a text is known again: with 100 million texts, 1 chance in 3,000 of a mix-up."""


@dataclass(frozen=True, slots=True)
class IngestCounts:
    """What became of every row.

    Attributes:
        positive: Reviews kept, with 4 or 5 stars.
        negative: Reviews kept, with 1 or 2 stars.
        neutral: Dropped, between the two.
        duplicates: Dropped, with exactly the text of a review kept before.
        rejected: Could not be read: how many for each reason, the most frequent first.
        formats: Each file and its format.
    """

    positive: int
    negative: int
    neutral: int
    duplicates: int
    rejected: tuple[tuple[str, int], ...]
    formats: tuple[tuple[str, str], ...]

    @property
    def kept(self) -> int:
        """How many reviews were written."""
        return self.positive + self.negative

    @property
    def read(self) -> int:
        """How many rows there were."""
        return self.kept + self.neutral + self.duplicates + sum(count for _, count in self.rejected)


def ingest(
    paths: Sequence[Path], out: Path, quarantine: Path, *, on_bytes: Callable[[int], None] | None = None
) -> IngestCounts:
    """Read files of reviews and write those with a label, each text once, as JSON lines.

    Each output is there complete or not at all, the same bytes for the same files, and compressed if its name
    ends in `.gz`. Memory grows by about 70 bytes a distinct text, and not with the length of texts.

    Args:
        paths: The files, of any known formats. Of equal texts, the first in this order is kept.
        out: Where the reviews go, as `to_line` writes them and `read_reviews` reads them back.
        quarantine: Where rows that could not be read are listed: file, line, reason, size and hash of each.
        on_bytes: Told, now and then, how many more bytes of the files have been read.

    Raises:
        ValueError: An output would overwrite an input or the other output.
        UnknownFormatError: A file is of no known format; found before anything is written.
        OSError: A file cannot be read or written.
    """
    _refuse_what_cannot_be_read_or_replaced(paths, out, quarantine)
    formats = tuple((str(path), format_of(path)) for path in paths)
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    seen: set[int] = set()
    with ExitStack() as outputs:
        reviews = outputs.enter_context(_output(out))
        rejected = outputs.enter_context(_output(quarantine))
        for path in paths:
            for item in read_reviews(path, on_bytes):
                if isinstance(item, Rejected):
                    reasons[item.reason] += 1
                    rejected.write(_quarantine_line(str(path), item))
                elif _counted_as(item, seen, counts) in KEPT:
                    reviews.write(to_line(item).encode("ascii") + b"\n")
    return IngestCounts(
        positive=counts["positive"],
        negative=counts["negative"],
        neutral=counts["neutral"],
        duplicates=counts["duplicate"],
        rejected=tuple(reasons.most_common()),
        formats=formats,
    )


def _counted_as(review: Review, seen: set[int], counts: Counter[str]) -> str:
    """Return, and count, what becomes of a review: its label, `neutral` or `duplicate`."""
    outcome: str = review.label or "neutral"
    if review.label is not None:
        text = review.text.encode("utf-8", "surrogatepass")
        digest = int.from_bytes(hashlib.blake2b(text, digest_size=DIGEST_BYTES).digest(), "big")
        if digest in seen:
            outcome = "duplicate"
        seen.add(digest)
    counts[outcome] += 1
    return outcome


def _quarantine_line(file: str, item: Rejected) -> bytes:
    record = {
        "file": file,
        "part": item.part,
        "line": item.line,
        "reason": item.reason,
        "bytes": item.size_bytes,
        "sha256": item.sha256,
    }
    return json.dumps(record, separators=(",", ":")).encode("ascii") + b"\n"


def _refuse_what_cannot_be_read_or_replaced(paths: Sequence[Path], out: Path, quarantine: Path) -> None:
    if out.resolve() == quarantine.resolve():
        raise ValueError("the reviews and the quarantine cannot be one file")
    for path in paths:
        if not path.exists():
            raise FileNotFoundError(f"there is no file {path}")
        if not path.is_file():
            raise ValueError(f"{path} is not a regular file: a pipe cannot be read twice, first to tell its format")
    inputs = {path.resolve() for path in paths}
    for output in (out, quarantine):
        check_replaceable(output)
        if output.resolve() in inputs:
            raise ValueError(f"{output} is one of the files to read: write to another")


@contextmanager
def _output(path: Path) -> Iterator[BinaryIO]:
    with written_whole(path) as file:
        if path.suffix != ".gz":
            yield file
            return
        # no name and no time in the header, so that the same reviews are the same bytes
        with (
            gzip.GzipFile(filename="", mode="wb", fileobj=file, compresslevel=COMPRESSION_LEVEL, mtime=0) as archive,
            io.BufferedWriter(cast("io.RawIOBase", archive), BUFFER_BYTES) as writer,
        ):
            yield cast("BinaryIO", writer)
