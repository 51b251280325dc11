"""Which layout a table with a separator has: commas, tabs, semicolons or bars, quotes or none, a header or none."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from sentiment.reviews.reading.column_names import TEXT, TEXT_AND_RATING, known_names, plain
from sentiment.reviews.reading.fields import number_of
from sentiment.reviews.reading.records import Dialect, is_quoted, read_records
from sentiment.reviews.reading.rows import RowError
from sentiment.reviews.reading.streams import Line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sentiment.reviews.reading.rows import Made, Rejected

LOOKED_AT = 200
"""Lines that tell the separator."""

LEAST_SHARE = 0.8
"""Rows of a table that have as many columns as the others."""

MAX_NAME = 60
"""Characters that a column's name has at most."""

DIALECTS: Final = (
    *(Dialect("\t"), Dialect("\t", quoted=False), Dialect(","), Dialect(";"), Dialect("|")),
    *(Dialect(separator, escape="\\") for separator in "\t,;|"),
)
SEPARATOR_HINT = b"sep="
"""Excel's own first line, such as `sep=;`."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What the first rows of a table tell.

    Attributes:
        dialect: How it is written.
        names: Its columns; their numbers if there is no header.
        has_header: Whether the first row names the columns.
        has_hint: Whether Excel's line with the separator stands above.
    """

    dialect: Dialect
    names: tuple[str, ...]
    has_header: bool
    has_hint: bool = False

    @property
    def kind(self) -> str:
        """`tsv` or `csv`."""
        return "tsv" if self.dialect.separator == "\t" else "csv"

    def read(
        self,
        row_of: Callable[[list[Any]], Made | None],
        lines: Iterator[Line],
        decode: Callable[[bytes], str],
        least: int,
    ) -> Iterator[Made | Rejected]:
        """Yield what `row_of` makes of each row below the header, or why it cannot.

        Blank rows are skipped, blank columns beyond the header dropped, and columns that are missing at the end added,
        as spreadsheets leave them. `row_of` gets None after the columns.

        Args:
            row_of: Makes something of a row.
            lines: The lines of the file.
            decode: Decodes a line.
            least: Columns that a row must have.
        """
        if self.has_hint:
            next(lines, None)
        width = len(self.names)
        above = self.has_header

        def fitted(values: list[Any]) -> Made | None:
            nonlocal above
            if not values[0].strip() and not any(map(str.strip, values)):
                return None
            if above:
                above = False
                return None
            if len(values) != width:
                if len(values) < least or any(map(str.strip, values[width:])):
                    raise RowError(f"the row does not have as many columns as the {self._first}")
                values = values[:width] + [""] * (width - len(values))
            values.append(None)
            return row_of(values)

        return read_records(fitted, lines, self.dialect, decode)

    @property
    def _first(self) -> str:
        return "header" if self.has_header else "others"


def layout_of(
    lines: Sequence[bytes], decode: Callable[[bytes], str], *, least_names: int = TEXT_AND_RATING
) -> Layout | None:
    """Return how a table with these first lines is written; None if it is none.

    Args:
        lines: The first lines.
        decode: Decodes a line.
        least_names: How many known names make the first row a header, below which rows may be short.
    """
    first = [Line(number, data) for number, data in enumerate(lines[:LOOKED_AT], start=1)]
    hint = first[0].data if first else b""
    if hint.startswith(SEPARATOR_HINT) and len(hint) == len(SEPARATOR_HINT) + 1:
        found = _layout(Dialect(chr(hint[-1])), first[1:], decode)
        return None if found is None else replace(found, has_hint=True)
    tried = ((_fit(dialect, first, decode, least_names), dialect) for dialect in DIALECTS)
    fit, dialect = max(tried, key=lambda each: each[0])
    return _layout(dialect, first, decode) if fit > _NO_FIT else None


def column_of_texts(lines: Sequence[bytes], decode: Callable[[bytes], str], *, named: bool) -> Layout | None:
    """Return how a table whose only column holds texts is written: in quotes as CSV, or a text on each line.

    Args:
        lines: The first lines.
        decode: Decodes a line.
        named: Whether the first line must be a name that says so; else there is no header.
    """
    first = [Line(number, data) for number, data in enumerate(lines[:LOOKED_AT], start=1)]
    if not first or any(b"\0" in line.data for line in first):  # not text
        return None
    rows = list(_records(Dialect(","), first, decode))
    name = rows[0][0].strip(" \ufeff") if isinstance(rows[0], list) and len(rows[0]) == 1 else ""
    if named and (plain(name) not in TEXT or not set(name).isdisjoint("\t;|")):
        return None
    single = sum(isinstance(row, list) and len(row) == 1 for row in rows)
    is_csv = any(line.data.startswith(b'"') for line in first) and single >= LEAST_SHARE * len(rows)
    return Layout(Dialect(",") if is_csv else _LINES, (name if named else "1",), has_header=named)


_LINES: Final = Dialect("\n", quoted=False)
"""No line has this separator."""
_NO_FIT: Final = (0, 0.0, 0)


def _fit(
    dialect: Dialect, lines: Iterable[Line], decode: Callable[[bytes], str], least_names: int
) -> tuple[int, float, int]:
    """Return how well a dialect fits: names known, the share of rows with as many columns, signs of its quotes."""
    rows = list(_records(dialect, lines, decode))
    kept = [row for row in rows if isinstance(row, list) and any(map(str.strip, row))]
    if not kept:
        return _NO_FIT
    known = known_names(kept[0])
    has_header = known >= least_names
    width = len(kept[0]) if has_header else Counter(map(len, kept)).most_common(1)[0][0]
    whole = sum(len(row) == width or (len(row) > width and not any(row[width:])) for row in kept)
    short = sum(least_names <= len(row) < width for row in kept) if has_header else 0  # empty columns at the end
    share = (whole + short / 2) / (len(kept) + sum(not isinstance(row, list) for row in rows))
    if width == 1 or (share < LEAST_SHARE and not has_header):
        return _NO_FIT
    return known, round(share, 2), _quotes(dialect, lines, decode)


def _quotes(dialect: Dialect, lines: Iterable[Line], decode: Callable[[bytes], str]) -> int:
    """Return 1 if quotes in the rows are as this dialect has them, -1 if they contradict it, else 0.

    A program that quotes a column because of a quote in it doubles that quote; one alone is a character.
    """
    if dialect.escape is not None:
        return -1  # only if no other fits as well
    signs = 0
    for line in lines:
        try:
            cells = decode(line.data).split(dialect.separator)
        except RowError:
            continue
        for cell in cells:
            if '"' in cell:
                signs += 1 if is_quoted(cell) else -1
    if dialect.separator != "\t":
        return 0
    return (signs > 0) - (signs < 0) if dialect.quoted else (signs < 0) - (signs > 0)


def _layout(dialect: Dialect, lines: Iterable[Line], decode: Callable[[bytes], str]) -> Layout | None:
    rows = [row for row in _records(dialect, lines, decode) if isinstance(row, list) and any(map(str.strip, row))]
    if not rows:
        return None
    first = rows[0]
    while first and not first[-1].strip():
        first = first[:-1]  # padded, as spreadsheets do
    if _is_header(first, rows[1:]):
        return Layout(dialect, _distinct(name.strip().removeprefix("\ufeff") for name in first), has_header=True)
    width = Counter(map(len, rows)).most_common(1)[0][0]
    return Layout(dialect, tuple(map(str, range(1, width + 1))), has_header=False)


def _is_header(first: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Return whether a first row names the columns: they are no values themselves, and the column below differs."""
    names = [name.strip() for name in first]
    if any(len(name) > MAX_NAME or number_of(name) is not None for name in names):
        return False
    if known_names(names):
        return True
    if len(set(names)) < len(names) or not all(names):
        return False
    below = [row for row in rows if len(row) == len(names)]
    if any(row[at].strip() == name for at, name in enumerate(names) for row in below):
        return False
    return any(bool(below) and all(number_of(row[at]) is not None for row in below) for at in range(len(names)))


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    found: list[str] = []
    for name in names:
        number = 0
        unique = name
        while unique in found:
            number += 1
            unique = f"{name}.{number}"  # as pandas does
        found.append(unique)
    return tuple(found)


def _records(dialect: Dialect, lines: Iterable[Line], decode: Callable[[bytes], str]) -> Iterator[list[str] | Rejected]:
    return read_records(list, iter(lines), dialect, decode)
