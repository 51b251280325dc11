"""Convert files of reviews to one file: labelled reviews only, each text once, every row counted."""

from __future__ import annotations

import gzip
import io
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, cast

from sentiment.files import check_replaceable, written_whole
from sentiment.reviews.identity import fingerprint
from sentiment.reviews.quarantine import quarantine_line, rejected_record
from sentiment.reviews.reading import Columns, Detected, Rejected, detect, read_reviews
from sentiment.reviews.record import to_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from sentiment.reviews.review import Review

KEPT = ("positive", "negative")
COMPRESSION_LEVEL = 6
BUFFER_BYTES = 256 * 1024
_DIGITS = 16
"""Of the fingerprint that recognises a text: for 100 million texts the chance of a collision is 1 in 3,000."""


@dataclass(frozen=True, slots=True)
class RowCounts:
    """What happened to the rows.

    Attributes:
        positive: Reviews kept, with 4 or 5 stars or a positive class.
        negative: Reviews kept, with 1 or 2 stars or a negative class.
        neutral: Dropped, with three stars or a class between.
        duplicates: Dropped, with the same text as a review that was kept, however it is spelled.
        rejected: Unreadable, by reason, the most frequent reason first.
        formats: Each file and its format.
        left_out: What reviews were kept without, such as a time that is none, and files of archives that hold no
            reviews, by reason.
    """

    positive: int
    negative: int
    neutral: int
    duplicates: int
    rejected: tuple[tuple[str, int], ...]
    formats: tuple[tuple[str, str], ...]
    left_out: tuple[tuple[str, int], ...] = ()

    @property
    def kept(self) -> int:
        """How many reviews were written."""
        return self.positive + self.negative

    @property
    def read(self) -> int:
        """How many rows there were."""
        return self.kept + self.neutral + self.duplicates + sum(count for _, count in self.rejected)


def convert(
    paths: Sequence[Path],
    out: Path,
    quarantine: Path,
    *,
    columns: Columns | None = None,
    on_bytes: Callable[[int], None] | None = None,
    on_detected: Callable[[Path, Detected], None] | None = None,
) -> RowCounts:
    """Read files of reviews and write the labelled ones, each text once, as JSON lines.

    Each output is written completely or not at all, is the same for the same files, and is compressed if its name
    ends in `.gz`. Memory grows by about 70 bytes per distinct text, however long the texts are.

    Args:
        paths: The files. Of equal texts, the first one in this order is kept.
        out: File to write the reviews to, as `to_line` writes them and `read_reviews` reads them.
        quarantine: File that lists the unreadable rows: file, line, reason, size and hash of each.
        columns: The columns of tables that somebody named.
        on_bytes: Called with the number of bytes read from the files since the last call.
        on_detected: Called with each file and what it is, before anything is read.

    Raises:
        ValueError: An output would overwrite an input or the other output. Nothing was written, as for the next three.
        UnknownFormatError: Nothing in a file can be read as reviews.
        UncertainColumnsError: Columns of a file could hold this or that.
        RefutedError: A file means something else than its first rows told.
        OSError: A file cannot be read or written.
    """
    _check_files(paths, out, quarantine)
    formats = []
    for path in paths:
        detected = detect(path, columns)
        formats.append((str(path), detected.format))
        if on_detected is not None:
            on_detected(path, detected)
    left_out: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    seen: set[int] = set()
    with ExitStack() as outputs:
        reviews = outputs.enter_context(_output(out))
        rejected = outputs.enter_context(_output(quarantine))
        for path in paths:
            for item in read_reviews(path, columns, on_bytes=on_bytes, left_out=left_out):
                if isinstance(item, Rejected):
                    reasons[item.reason] += 1
                    rejected.write(quarantine_line({"file": str(path), **rejected_record(item)}))
                elif _counted_as(item, seen, counts) in KEPT:
                    reviews.write(to_line(item).encode("ascii") + b"\n")
    return RowCounts(
        positive=counts["positive"],
        negative=counts["negative"],
        neutral=counts["neutral"],
        duplicates=counts["duplicate"],
        rejected=tuple(reasons.most_common()),
        formats=tuple(formats),
        left_out=tuple(left_out.most_common()),
    )


def _counted_as(review: Review, seen: set[int], counts: Counter[str]) -> str:
    """Count a review and return what it was counted as: its label, `neutral` or `duplicate`."""
    outcome: str = review.label or "neutral"
    if review.label is not None:
        text = int(fingerprint(review.text)[:_DIGITS], 16)
        if text in seen:
            outcome = "duplicate"
        seen.add(text)
    counts[outcome] += 1
    return outcome


def _check_files(paths: Sequence[Path], out: Path, quarantine: Path) -> None:
    if out.resolve() == quarantine.resolve():
        raise ValueError("the reviews and the quarantine cannot be the same file")
    for path in paths:
        if not path.exists():
            raise FileNotFoundError(f"no such file: {path}")
        if not path.is_file() and not path.is_dir():
            raise ValueError(f"{path} is not a regular file: it is read twice, which a pipe does not allow")
    inputs = {path.resolve() for path in paths}
    for output in (out, quarantine):
        check_replaceable(output)
        if output.resolve() in inputs:
            raise ValueError(f"{output} is one of the files to read; choose another output")


@contextmanager
def _output(path: Path) -> Iterator[BinaryIO]:
    with written_whole(path) as file:
        if path.suffix != ".gz":
            yield file
            return
        # No name and no time in the header: the same reviews give the same bytes.
        with (
            gzip.GzipFile(filename="", mode="wb", fileobj=file, compresslevel=COMPRESSION_LEVEL, mtime=0) as archive,
            io.BufferedWriter(cast("io.RawIOBase", archive), BUFFER_BYTES) as writer,
        ):
            yield cast("BinaryIO", writer)
