"""Files that are written completely or not at all."""

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
    """Yield a file to write to that replaces `path` once it is complete; if writing fails, `path` does not change.

    Raises:
        ValueError: `path` is something other than a regular file.
        OSError: The file cannot be written.
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
    """Check that nothing but a regular file would be replaced: no folder, no device such as `/dev/null`.

    Raises:
        ValueError: `path` is something other than a regular file.
    """
    if path.exists() and not path.is_file():
        raise ValueError(f"{path} is not a regular file; it would be replaced")
