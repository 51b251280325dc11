"""A file that somebody uploads: on disk while it is needed, and what is known of it before it is predicted."""

from __future__ import annotations

import secrets
import shutil
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

from frontend.clients.problems import ProblemError
from frontend.many.rows import rows_of
from sentiment.reviews.reading import Columns, UncertainColumnsError, UnknownFormatError, detect, magic

if TYPE_CHECKING:
    from pathlib import Path

    from frontend.many.places import Places
    from frontend.many.rows import Row

MAX_MB = 100
"""Of a file; Streamlit's `server.maxUploadSize` says the same."""
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


class Upload:
    """A file in a folder of its own, in which what comes out of it is stored, too.

    Attributes:
        file: The file.
        results: For the results.
        preview: Returns what it seems to be, given the columns that somebody chose.
    """

    def __init__(self, content: BinaryIO, places: Places) -> None:
        """Store a file.

        Raises:
            ProblemError: So many others are stored that there is no place, or the disk is full.
        """
        if not places.files.acquire(blocking=False):
            raise ProblemError(
                "Too many files are open on this server at the moment. Try again in a few minutes.", may_repeat=True
            )
        self._places = places.files
        self.preview = lru_cache(maxsize=2)(self._preview)
        self._folder = places.folder / secrets.token_hex(8)
        self.file = self._folder / NAME
        self.results = self._folder / "results.jsonl"
        try:
            self._folder.mkdir()
            with self.file.open("wb") as stored:
                shutil.copyfileobj(content, stored)
        except OSError as error:
            self.remove()
            raise ProblemError("The server cannot store the file: its disk may be full.", may_repeat=True) from error

    def remove(self) -> None:
        """Remove it and what came out of it; to be called once."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._places.release()

    def _preview(self, columns: Columns | None = None) -> FilePreview:
        """Return what it seems to be, given the columns that somebody chose.

        Raises:
            ProblemError: It cannot be read; what the message quotes of it is text of the user's.
        """
        try:
            _check_size(self.file)
            try:
                found = detect(self.file, columns, texts_only=True)
            except UncertainColumnsError as asked:
                guessed = asked.guess.columns
                first = _first(self.file, guessed)
                return FilePreview(
                    asked.names, guessed.text_column, guessed.title_column or "", asked.guess.doubt, first
                )
            first = _first(self.file, columns)
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
