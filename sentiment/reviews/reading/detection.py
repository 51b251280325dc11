"""What a file is, by its first bytes and rows, and which of its columns hold what."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sentiment.reviews.reading import magic
from sentiment.reviews.reading.columns import Columns, ColumnsError
from sentiment.reviews.reading.guess import Guess, guess
from sentiment.reviews.reading.published import PUBLISHED, published
from sentiment.reviews.reading.ratings import Stars, are_stars, unrated
from sentiment.reviews.reading.row_reviews import from_columns, from_positions, least_columns
from sentiment.reviews.reading.rows import RefutedError, RowError
from sentiment.reviews.reading.tables import OWN, Table, tables_of
from sentiment.reviews.reading.workbooks import WorkbookError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sentiment.reviews.reading.columns import Roles
    from sentiment.reviews.reading.rows import Rejected
    from sentiment.reviews.reading.streams import Stream
    from sentiment.reviews.review import Review

PREVIEWED = 3
BLOCKS = ("snap", "blitzer")


class UnknownFormatError(ValueError):
    """Nothing in a file can be read as reviews; the message says what it is and what to do.

    Args:
        name: The file.
        problem: What is wrong, and the next step; None if the file looks like nothing that is known.
        names: The columns, if it is a table.
    """

    def __init__(self, name: str, problem: str | None, names: Sequence[str] = ()) -> None:
        if problem is None:
            known = "\n".join(f"  - {line}" for line in KNOWN)
            problem = f"has an unknown format. Known formats, plain or inside gzip, bzip2, xz, tar or zip:\n{known}"
        super().__init__(f"{name} {problem}")
        self.names = tuple(names)


class UncertainColumnsError(Exception):
    """A table could be read in more than one way, so somebody must say which columns hold what.

    No `ValueError`, which callers take for a file that cannot be read.

    Attributes:
        guess: How it would be read.
        preview: The first rows, as they would be read.
        names: Its columns.
    """

    def __init__(self, name: str, guessed: Guess, preview: list[Review | str], names: Sequence[str]) -> None:
        options = " ".join(guessed.columns.options())
        super().__init__(f"{name}: {guessed.doubt}. If that is right, add {options}")
        self.name = name
        self.guess = guessed
        self.preview = preview
        self.names = tuple(names)


KNOWN = (
    "a table with a header: CSV, tab- or semicolon-separated, JSON, JSON lines, Parquet, Excel",
    "a table without a header, whose columns are named by number: --text-column 1 --label-column 2",
    "a folder or archive with the folders pos and neg, one text in each file",
    *(each.looks_like for each in PUBLISHED),
    "what `python -m sentiment convert` writes",
)


class NoReviewsError(ValueError):
    """A stream holds no reviews; the message says what it is and what to do, and is empty if that is not known.

    Attributes:
        names: Its columns, if it is a table.
    """

    def __init__(self, message: str, names: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.names = tuple(names)


@dataclass(frozen=True, slots=True)
class Reading:
    """How one table of a file is read.

    Attributes:
        format: The name of the published set, or how the table is written; first part of a review's `source`.
        table: The table.
        guess: What its columns are taken to hold; None for a published set.
        roles: What its columns hold; None for what `convert` writes.
    """

    format: str
    table: Table
    guess: Guess | None
    roles: Roles | None

    def rows(self, source: str, left_out: Counter[str]) -> Iterator[Review | Rejected]:
        """Yield each row as a review, or why it is none; count what reviews are kept without."""
        roles, table = self.roles, self.table
        if roles is None:
            return table.read(lambda _: None, 0)
        if not table.positional:
            return table.read(from_columns(roles, source, left_out, strays=table.strays), 0)
        make = from_positions(roles, table.names, source, left_out)
        return table.read(make, least_columns(roles, table.names))

    def preview(self) -> list[Review | str]:
        """Return the first rows as they would be read, or why they would not."""
        shown: list[Review | str] = []
        if self.roles is not None:
            make = from_columns(self.roles, self.format, Counter(), strays=self.table.strays)
            for row in self.table.sample:
                if len(shown) == PREVIEWED:
                    break
                try:
                    review = make(row)
                except (RowError, RefutedError) as error:
                    shown.append(str(error))
                else:
                    shown += [review] if review is not None else []
        return shown


def readings_of(stream: Stream, name: str, named: Columns, *, texts_only: bool = False) -> Iterator[Reading]:
    """Yield how each table of a stream is read. Read each before the next.

    Args:
        stream: The stream.
        name: The file, for messages.
        named: The columns that somebody named.
        texts_only: Whether ratings do not matter.

    Raises:
        NoReviewsError: The stream holds none.
        UncertainColumnsError: A table could be read in more than one way.
    """
    problem = magic.no_table(stream.head())
    if problem is not None:
        raise NoReviewsError(problem)
    problems: list[NoReviewsError] = []
    found = False
    wanted = [value for role, value in named.given().items() if role.endswith("_column")]
    try:
        for table in tables_of(stream, wanted, texts_only=texts_only):
            try:
                reading = _reading(table, named, texts_only=texts_only)
            except ColumnsError as error:
                problems.append(NoReviewsError(_which(error, texts_only=texts_only), table.names))
                continue
            found = True
            if reading.guess is not None and reading.guess.doubt:
                where = f"{name}, {table.part}" if table.part else name
                raise UncertainColumnsError(where, reading.guess, reading.preview(), table.names)
            yield reading
    except WorkbookError as error:
        raise NoReviewsError(str(error)) from error
    if not found:
        raise problems[0] if problems else NoReviewsError("")


def _which(error: ColumnsError, *, texts_only: bool) -> str:
    options = (
        "Name it: --text-column" if texts_only else "Name them: --text-column, and --stars-column or --label-column"
    )
    return f"is a table, but {error}. {options}"


def _reading(table: Table, named: Columns, *, texts_only: bool) -> Reading:
    if table.kind == OWN:
        return Reading(OWN, table, None, None)
    known = published(table.kind, table.names, table.sample)
    if known is not None:
        roles = replace(known.roles, rating=None, rates=lambda: unrated) if texts_only else known.roles
        if table.kind in BLOCKS or (not named and _is_plausible(table, roles)):
            return Reading(known.name, table, None, roles)
    guessed = guess(table.names, table.sample, named, texts_only=texts_only)
    return Reading(table.kind, table, guessed, guessed.roles)


def _is_plausible(table: Table, roles: Roles) -> bool:
    rating = roles.rating
    return rating is None or roles.rates is not Stars or are_stars(row.get(rating) for row in table.sample)
