"""What an uploaded file seems to be, before it is predicted."""

from __future__ import annotations

import zipfile
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from frontend.clients.problems import ProblemError
from frontend.many.rows import rows_of
from sentiment.reviews.reading import UncertainColumnsError, UnknownFormatError, detect, magic

if TYPE_CHECKING:
    from pathlib import Path

    from frontend.many.rows import Row
    from sentiment.reviews.reading import Columns

MAX_WORKBOOK_MB = 300
"""Of a workbook when it is unpacked, which is read whole."""
SHOWN = 3
NAME = "Your file"
"""What messages call it: its own name is text of the user's."""
_UNKNOWN = (
    f"{NAME} has an unknown format. CSV, tab-separated, JSON, JSON lines, Parquet and Excel files are read, and files "
    "like these inside gzip, bzip2, xz, tar or zip."
)


@dataclass(frozen=True, slots=True)
class FilePreview:
    """What a file seems to be.

    Attributes:
        names: Its columns, of which somebody may choose; empty where there is nothing to choose.
        text: The column that seems to hold the texts; None if nothing tells.
        title: The one that seems to hold titles; empty if there is none.
        doubt: Why somebody must look at it; empty if it cannot mean anything else.
        first: The first rows, as they would be read.
    """

    names: tuple[str, ...] = ()
    text: str | None = None
    title: str = ""
    doubt: str = ""
    first: tuple[Row, ...] = ()


def preview_of(file: Path, columns: Columns | None) -> FilePreview:
    """Return what a file seems to be, given the columns that somebody chose.

    Raises:
        ProblemError: It cannot be read; what the message quotes of it is text of the user's.
    """
    try:
        _check_size(file)
        try:
            found = detect(file, columns, texts_only=True)
        except UncertainColumnsError as asked:
            guessed = asked.guess.columns
            first = _first(file, guessed)
            return FilePreview(asked.names, guessed.text_column, guessed.title_column or "", asked.guess.doubt, first)
        first = _first(file, columns)
    except UnknownFormatError as error:
        if error.names and columns is None:
            return FilePreview(error.names, doubt="no column is known to hold the text")
        raise ProblemError(_UNKNOWN if "\n" in str(error) else f"{error}.", may_repeat=False) from error
    except OSError as error:
        raise ProblemError("The server cannot read the file.", may_repeat=True) from error
    if found.columns is None:
        return FilePreview(first=first)
    return FilePreview(found.names, found.columns.text_column, found.columns.title_column or "", "", first)


def _first(file: Path, columns: Columns | None) -> tuple[Row, ...]:
    first: list[Row] = []
    with suppress(UncertainColumnsError):  # of another table in the same file
        first.extend(islice(rows_of(file, columns), SHOWN))
    return tuple(first)


def _check_size(file: Path) -> None:
    with file.open("rb") as content:
        if not magic.is_workbook(content.read(4096)) or not zipfile.is_zipfile(content):
            return
        with zipfile.ZipFile(content) as workbook:
            size = sum(part.file_size for part in workbook.infolist())
    if size > MAX_WORKBOOK_MB * 1024**2:
        raise ProblemError(f"{NAME} is a workbook that is too large to open: save it as CSV.", may_repeat=False)
