"""Files that are there complete or not at all."""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """Give a file to write to that appears under its name when all is written, and never where that fails.

    What stood there before stays until then.

    Raises:
        ValueError: Something other than a regular file stands there.
        OSError: The file cannot be written; there is nothing of it then.
    """
    check_replaceable(path)
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    try:
        with partial.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def check_replaceable(path: Path) -> None:
    """Refuse what is no regular file: a folder, or a device such as `/dev/null`.

    Raises:
        ValueError: Something other than a regular file stands there.
    """
    if path.exists() and not path.is_file():
        raise ValueError(f"{path} is not a regular file, and would be replaced by one")
