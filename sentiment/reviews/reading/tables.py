"""The tables in a stream, however it is written: each with its columns, its first rows, and what reads the others."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from sentiment.reviews.reading import block_formats, labelled_texts, magic, workbooks
from sentiment.reviews.reading.column_names import TEXT_AND_RATING, known_names
from sentiment.reviews.reading.encodings import Decoder, as_utf8
from sentiment.reviews.reading.json_rows import Text, is_lines, is_packed, object_in, objects_in, rows_of
from sentiment.reviews.reading.layouts import column_of_texts, layout_of
from sentiment.reviews.reading.rows import Rejected, RowError, made, read_rows
from sentiment.reviews.reading.streams import BYTE_ORDER_MARK, HEAD_BYTES, Line, Stream, lines_of
from sentiment.reviews.record import FIELDS, from_record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sentiment.reviews.reading.rows import Row
    from sentiment.reviews.review import Review

    Make = Callable[[Any], Review | None]
    Items = Iterator[Review | Rejected]

Found = TypeVar("Found")

HEAD_LINES = 1000
HEAD_ROWS = 1000
OWN = "sentiment_loop"
"""What `python -m sentiment convert` writes."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of which the first rows are known.

    Attributes:
        kind: How it is written, such as `csv`.
        names: Its columns; their numbers if they have no names.
        sample: The first rows, by column.
        read: Yields what is made of each row, given what makes it and how many columns a row must have.
        positional: Whether rows are in the order of the columns, followed by None; else they are by column.
        line: Returns the line that was read last.
        part: The sheet of a workbook, if there are several.
        strays: Whether there may be other rows than reviews, which have neither text nor rating.
    """

    kind: str
    names: tuple[str, ...]
    sample: list[Row]
    read: Callable[[Make, int], Items]
    positional: bool
    line: Callable[[], int] = int
    part: str = ""
    strays: bool = False


class _Lines:
    """The lines of a stream; `last` is the number of the last one that was read."""

    def __init__(self, stream: Stream) -> None:
        self._lines = lines_of(stream)
        self.last = 0

    def __iter__(self) -> Iterator[Line]:
        return self

    def __next__(self) -> Line:
        line = next(self._lines)
        self.last = line.number
        return line


def tables_of(stream: Stream, wanted: Sequence[str] = (), *, texts_only: bool = False) -> Iterator[Table]:
    """Yield the tables of a stream: none if it is of no known kind. Read each before the next.

    Args:
        stream: The stream.
        wanted: Columns that somebody named.
        texts_only: Whether a column of texts is enough.

    Raises:
        WorkbookError: What reads such files is not installed, or the file is damaged.
    """
    head = stream.head()
    if magic.is_parquet(head):
        yield from (_sheet("parquet", sheet) for sheet in workbooks.parquet_table(stream))
    elif magic.is_workbook(head):
        yield from (_sheet("excel", sheet) for sheet in workbooks.sheets(stream))
    else:
        table = _text_table(as_utf8(stream), wanted, texts_only=texts_only)
        if table is not None:
            yield table


def _sheet(kind: str, sheet: workbooks.Sheet) -> Table:
    first = list(islice(sheet.rows, HEAD_ROWS))
    number = 0

    def read(make: Make, _least: int) -> Items:
        nonlocal number
        for rows in (first, sheet.rows):
            for row in rows:
                number += 1
                if (review := made(make, row, number + 1)) is not None:
                    yield review

    sample = [dict(zip(sheet.columns, row, strict=False)) for row in first]
    return Table(kind, sheet.columns, sample, read, positional=True, line=lambda: number, part=sheet.name)


def _text_table(stream: Stream, wanted: Sequence[str], *, texts_only: bool) -> Table | None:
    head = stream.head()
    lines = head.removeprefix(BYTE_ORDER_MARK).split(b"\n")
    if len(head) >= HEAD_BYTES:
        lines.pop()  # incomplete
    first = [line.removesuffix(b"\r") for line in lines[:HEAD_LINES] if line.strip()]
    decode = Decoder(head)
    if head.removeprefix(BYTE_ORDER_MARK).lstrip()[:1] in (b"{", b"["):
        return _json(stream, first, decode, wanted, texts_only=texts_only)
    if not first:
        return None
    if block_formats.is_snap(first):
        return _blocks(stream, "snap", block_formats.read_snap)
    if block_formats.is_blitzer(first):
        return _blocks(stream, "blitzer", block_formats.read_blitzer)
    if labelled_texts.is_fasttext(first):
        return _fasttext(stream, first, decode)
    return _delimited(stream, first, decode, texts_only=texts_only)


def _blocks(stream: Stream, kind: str, read_blocks: Callable[[Iterator[Line], Make], Items]) -> Table:
    lines = _Lines(stream)
    return Table(kind, (), [], lambda make, _: read_blocks(lines, make), positional=False, line=lambda: lines.last)


def _fasttext(stream: Stream, first: Iterable[bytes], decode: Decoder) -> Table:
    lines = _Lines(stream)

    def read(make: Make, _least: int) -> Items:
        return read_rows(lambda data: make(labelled_texts.fasttext_row(data, decode)), lines)

    sample = [
        dict(zip(labelled_texts.NAMES, row, strict=False))
        for row in _sound(lambda data: labelled_texts.fasttext_row(data, decode), first)
    ]
    return Table("fasttext", labelled_texts.NAMES, sample, read, positional=True, line=lambda: lines.last)


def _delimited(stream: Stream, first: Sequence[bytes], decode: Decoder, *, texts_only: bool) -> Table | None:
    layout = column_of_texts(first, decode, named=True) if texts_only else None
    layout = layout or layout_of(first, decode, least_names=1 if texts_only else TEXT_AND_RATING)
    if layout is None and texts_only and not stream.is_part:  # in an archive, it is rather a readme
        layout = column_of_texts(first, decode, named=False)
    if layout is None:
        return None
    lines = _Lines(stream)
    head = iter([Line(number, data) for number, data in enumerate(first, start=1)])
    rows = [row for row in layout.read(list, head, decode, 0) if isinstance(row, list)]
    return Table(
        layout.kind,
        layout.names,
        [dict(zip(layout.names, row, strict=False)) for row in rows],
        lambda make, least: layout.read(make, lines, decode, least),
        positional=True,
        line=lambda: lines.last,
    )


def _json(
    stream: Stream, first: Sequence[bytes], decode: Decoder, wanted: Sequence[str], *, texts_only: bool
) -> Table | None:
    if first and is_lines(first):
        return _json_lines(stream, first, decode, wanted, texts_only=texts_only)
    return _json_document(stream, decode, texts_only=texts_only)


def _json_lines(
    stream: Stream, first: Sequence[bytes], decode: Decoder, wanted: Sequence[str], *, texts_only: bool
) -> Table:
    lines = _Lines(stream)
    sample = list(_sound(lambda data: object_in(data, decode), first))
    names = _names(sample)
    if sample and sample[0].keys() >= set(FIELDS):
        return Table(
            OWN, names, sample, lambda _make, _: read_rows(lambda data: _own(data, decode), lines), positional=False,
            line=lambda: lines.last,
        )  # fmt: skip
    is_flat = (
        known_names(names) >= TEXT_AND_RATING and set(wanted) <= set(names) and not any(map(is_packed, sample[:1]))
    )
    if is_flat and not texts_only:
        return Table(
            "json", names, sample, lambda make, _: read_rows(lambda data: make(object_in(data, decode)), lines),
            positional=False, line=lambda: lines.last,
        )  # fmt: skip

    rows_in = partial(rows_of, texts_only=texts_only)

    def read(make: Make, _least: int) -> Items:
        for rows in read_rows(lambda data: [(data, row) for row in rows_in(object_in(data, decode))], lines):
            if isinstance(rows, Rejected):
                yield rows
                continue
            for data, row in rows:
                if (review := made(make, row, lines.last, data)) is not None:
                    yield review

    nested = [row for value in sample for row in rows_in(value)]
    return Table("json", _names(nested), nested, read, positional=False, line=lambda: lines.last)


def _own(data: bytes, decode: Decoder) -> Review:
    record = object_in(data, decode)
    try:
        return from_record(record)
    except ValueError as error:
        raise RowError(str(error)) from error


def _json_document(stream: Stream, decode: Decoder, *, texts_only: bool) -> Table | None:
    rows_in = partial(rows_of, texts_only=texts_only)
    head = stream.head()
    start = Stream(_once(head), stream.name)
    found = (rows for rows in objects_in(Text(start, decode.incremental())) if not isinstance(rows, Rejected))
    sample = [row for _, value in islice(found, HEAD_ROWS) for row in rows_in(value)]
    if not sample:
        return None
    text = Text(stream, decode.incremental())

    def read(make: Make, _least: int) -> Items:
        for item in objects_in(text):
            if isinstance(item, Rejected):
                yield item
                continue
            for row in rows_in(item[1]):
                if (review := made(make, row, item[0])) is not None:
                    yield review

    return Table("json", _names(sample), sample, read, positional=False, line=lambda: text.line, strays=True)


def _once(data: bytes) -> Callable[[int], bytes]:
    chunks = iter((data,))
    return lambda _size: next(chunks, b"")


def _sound(row_of: Callable[[bytes], Found], lines: Iterable[bytes]) -> Iterator[Found]:
    for line in lines:
        with suppress(RowError):
            yield row_of(line)


def _names(rows: Iterable[Row]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for row in rows for name in row))
