"""A file that somebody uploads, on disk while it is needed."""

from __future__ import annotations

import secrets
import shutil
from functools import lru_cache
from typing import TYPE_CHECKING, BinaryIO

from frontend.clients.problems import ProblemError
from frontend.many.file_reader import FileReader
from frontend.many.preview import NAME

if TYPE_CHECKING:
    from frontend.many.places import Places

MAX_MB = 100
"""Of a file; Streamlit's `server.maxUploadSize` says the same."""


class Upload:
    """A file in a folder of its own, in which what comes out of it is stored, too.

    Attributes:
        file: The file.
        results: For the results.
        reader: Reads its rows.
        preview: Returns what it seems to be, given the columns that somebody chose (`FileReader.preview`).
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
        self._folder = places.folder / secrets.token_hex(8)
        self.file = self._folder / NAME
        self.results = self._folder / "results.jsonl"
        self.reader = FileReader(self.file)
        self.preview = lru_cache(maxsize=2)(self.reader.preview)
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
