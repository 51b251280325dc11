"""Reads an uploaded file in a process of its own: `python -m frontend.many.reader preview|rows FILE COLUMNS`.

It prints one line of JSON for the preview, or one for each row, and then `{"end": true}`; or a problem. A file can be
small and need any amount of memory: the process takes as much as a file may and no more, and the server goes on.
"""

from __future__ import annotations

import json
import resource
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from frontend.clients.problems import ProblemError
from frontend.many.preview import preview_of
from frontend.many.rows import rows_of
from sentiment.reviews.reading import Columns, UncertainColumnsError, UnknownFormatError

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_MEMORY = 1024**3
"""Bytes. A table of 100,000 rows takes a third of it."""
MOST_DISK = 1024**3
"""Bytes of a file that is unpacked."""
TOO_LARGE = "Your file needs more memory or time than the server gives to a file, or it is damaged."


def main(task: str, file: str, columns: str) -> None:
    """Read a file, and print what it holds."""
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_DISK, MOST_DISK))
    asked = json.loads(columns)
    read = {"preview": _preview, "rows": _rows}[task]
    try:
        for one in read(Path(file), Columns(**asked) if asked else None):
            _say(one)
    except ProblemError as problem:
        _say({"problem": str(problem), "may_repeat": problem.may_repeat})
    except MemoryError:
        _say({"problem": TOO_LARGE, "may_repeat": False})
    else:
        _say({"end": True})


def _preview(file: Path, columns: Columns | None) -> Iterator[dict[str, Any]]:
    yield asdict(preview_of(file, columns))


def _rows(file: Path, columns: Columns | None) -> Iterator[tuple[Any, ...]]:
    try:
        yield from rows_of(file, columns)
    except (UncertainColumnsError, UnknownFormatError) as error:
        message = "The file has several tables that are not alike. Upload each of them alone."
        raise ProblemError(message, may_repeat=False) from error
    except OSError as error:
        raise ProblemError(
            "The server cannot read or unpack your file: its disk may be full.", may_repeat=True
        ) from error


def _say(what: object) -> None:
    """Print a line. Half of a character, which JSON may hold and no server takes, becomes a question mark."""
    sys.stdout.buffer.write(json.dumps(what, ensure_ascii=False).encode("utf-8", "replace") + b"\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
