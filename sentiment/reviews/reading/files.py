"""The files that hold reviews: what each is, and its reviews one by one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sentiment.reviews.reading.columns import Columns
from sentiment.reviews.reading.detection import NoReviewsError, Reading, UnknownFormatError, readings_of
from sentiment.reviews.reading.labelled_texts import folder_label, text_review
from sentiment.reviews.reading.rows import RefutedError, Rejected
from sentiment.reviews.reading.streams import DamagedFileError, Stream
from sentiment.reviews.reading.unpacking import open_streams, texts_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from sentiment.reviews.review import Review

FOLDERS = "folder"
"""The format of a folder or archive with the folders `pos` and `neg`."""
NO_REVIEWS = "files of the archive that hold no reviews"


@dataclass(frozen=True, slots=True)
class Detected:
    """What a file is.

    Attributes:
        format: The published set's name, or how the file is written; of an archive, of its first file with reviews.
        columns: What its columns are taken to hold; None for a published set.
        preview: The first rows as they would be read: a review, or why it is none; empty for a published set.
        names: All columns; empty for a published set.
    """

    format: str
    columns: Columns | None = None
    preview: tuple[Review | str, ...] = ()
    names: tuple[str, ...] = ()


def detect(path: Path, columns: Columns | None = None, *, texts_only: bool = False) -> Detected:
    """Return what a file is, without reading all of it.

    Args:
        path: A file, plain or compressed, an archive, or a folder with the folders `pos` and `neg`.
        columns: The columns that somebody named.
        texts_only: Whether ratings do not matter, as for predictions; then a column of texts is enough.

    Raises:
        UnknownFormatError: Nothing in the file can be read as reviews.
        UncertainColumnsError: Its columns could hold this or that.
        OSError: The file cannot be opened or read.
    """
    for _, reading in _pieces(path, columns or Columns(), Counter(), None, texts_only=texts_only):
        if isinstance(reading, Reading):
            guess = reading.guess
            if guess is None:
                return Detected(reading.format)
            return Detected(reading.format, guess.columns, tuple(reading.preview()), reading.table.names)
        if reading is None:
            return Detected(FOLDERS)
    raise AssertionError("a file without reviews raises")


def read_reviews(
    path: Path,
    columns: Columns | None = None,
    *,
    texts_only: bool = False,
    on_bytes: Callable[[int], None] | None = None,
    left_out: Counter[str] | None = None,
) -> Iterator[Review | Rejected]:
    """Yield the rows of one file, in order, with only one row in memory at a time.

    A row that cannot be read is a `Rejected` and does not end the reading; the same goes for the point where a
    compressed file is damaged. A title, time or product that cannot be read costs only itself.

    Args:
        path: A file, plain or compressed, an archive of such files, or a folder with the folders `pos` and `neg`.
        columns: The columns of its tables that somebody named; the others are known or guessed.
        texts_only: Whether ratings do not matter, as for predictions: a column of texts is enough, and reviews of
            tables have neither stars nor a label.
        on_bytes: Called with the number of bytes read from disk since the last call.
        left_out: Counts, by reason, what reviews were kept without, and files of an archive that hold no reviews.

    Raises:
        UnknownFormatError: Nothing in the file can be read as reviews.
        UncertainColumnsError: Its columns could hold this or that.
        RefutedError: A row shows that the file means something else. What was read of it is wrong, too.
        OSError: The file cannot be opened or read.
    """
    counts = Counter() if left_out is None else left_out
    for stream, reading in _pieces(path, columns or Columns(), counts, on_bytes, texts_only=texts_only):
        if isinstance(reading, Rejected):
            yield reading
        elif reading is None:
            yield text_review(stream, f"{FOLDERS}/{path.name.split('.')[0]}")
        else:
            yield from _rows(stream, reading, path.name, counts)


def size_of(path: Path) -> int:
    """Return how many bytes `read_reviews` reads of a file or folder from disk; 0 if there is none."""
    files = texts_in(path) if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def _pieces(
    path: Path,
    named: Columns,
    left_out: Counter[str],
    on_bytes: Callable[[int], None] | None,
    *,
    texts_only: bool,
) -> Iterator[tuple[Stream, Reading | Rejected | None]]:
    """Yield each stream of a file with how it is read, or that it cannot be; None if it is one text of a folder.

    Use each before the next.
    """
    known = texts = False
    problem = "is a folder without the folders pos and neg: name the files in it" if path.is_dir() else ""
    damage: DamagedFileError | None = None
    aside: list[tuple[Stream, NoReviewsError]] = []  # an archive's files without reviews, until there are some
    try:
        for stream in open_streams(path, on_bytes):
            if folder_label(stream) is not None:
                known = texts = True
                yield stream, None
            elif texts:  # a readme, or texts that nobody labelled
                left_out[NO_REVIEWS] += 1
            else:
                for reading in _readings(stream, path.name, named, texts_only=texts_only):
                    if isinstance(reading, Reading):
                        known = True
                        yield stream, reading
                    else:
                        aside.append((stream, reading))
            damage = stream.damage
            if known:
                yield from _without_reviews(aside, left_out)
                aside.clear()
    except DamagedFileError as between_parts:
        if known and damage is None:  # else the last part has reported it
            yield Stream(lambda _: b"", path.name), Rejected(0, str(between_parts))
        damage = between_parts
    if not known:
        raise _unknown(path.name, damage, aside, problem)


def _unknown(
    name: str, damage: DamagedFileError | None, aside: Iterable[tuple[Stream, NoReviewsError]], problem: str
) -> UnknownFormatError:
    """Return what is wrong with a file that holds no reviews: its damage, else the first problem that is known."""
    if damage is not None:
        return UnknownFormatError(name, f"cannot be read: {damage}")
    for stream, none in aside:
        if str(none):
            return UnknownFormatError(name, _problem(stream, none), none.names)
    return UnknownFormatError(name, problem or None)


def _readings(stream: Stream, name: str, named: Columns, *, texts_only: bool) -> Iterator[Reading | NoReviewsError]:
    where = f"{name}, {stream.name}" if stream.is_part else name
    try:
        yield from readings_of(stream, where, named, texts_only=texts_only)
    except NoReviewsError as none:
        yield none


def _without_reviews(
    found: Iterable[tuple[Stream, NoReviewsError]], left_out: Counter[str]
) -> Iterator[tuple[Stream, Rejected]]:
    """Yield files of an archive that are damaged as rejected; count those that hold something else."""
    for stream, _ in found:
        if stream.damage is not None:
            yield stream, Rejected(0, str(stream.damage), part=_part(stream))
        else:
            left_out[NO_REVIEWS] += 1


def _problem(stream: Stream, none: NoReviewsError) -> str:
    return f"holds no reviews: {stream.name} {none}" if stream.is_part else str(none)


def _rows(stream: Stream, reading: Reading, name: str, left_out: Counter[str]) -> Iterator[Review | Rejected]:
    """Yield the rows of one table; if its stream is damaged, the line where it ends comes last, as rejected."""
    part = ", ".join(filter(None, (_part(stream), reading.table.part)))
    try:
        for item in reading.rows(f"{reading.format}/{stream.name.split('.')[0]}", left_out):
            yield replace(item, part=part) if part and isinstance(item, Rejected) else item
    except DamagedFileError as damage:
        yield Rejected(reading.table.line() + 1, str(damage), part=part)
    except RefutedError as refuted:
        refuted.where[:0] = filter(None, (name, part))
        raise


def _part(stream: Stream) -> str:
    return stream.name if stream.is_part else ""
