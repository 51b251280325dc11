"""Arrays on disk, in an unnamed file that disappears with the process."""

from __future__ import annotations

import errno
import tempfile
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

import numpy as np

from sentiment.model.errors import StreamingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

T = TypeVar("T")
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Spill(Generic[T]):
    """Groups of arrays in the folder `TMPDIR`, written once and read in order any number of times.

    Args:
        make: Returns what a group is read as.
    """

    def __init__(self, make: Callable[[list[NDArray[Any]]], T]) -> None:
        self._make = make
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed at the end of a `with`
        self._ends: list[int] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def append(self, arrays: Sequence[NDArray[Any]]) -> None:
        """Write one group.

        Raises:
            StreamingError: The disk is full.
        """
        try:
            for array in arrays:
                np.save(self._file, array, allow_pickle=False)
            self._file.flush()
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
            raise StreamingError(
                f"no space left in {tempfile.gettempdir()} after {self._file.tell() / 1e9:.1f} GB; set TMPDIR to a "
                "folder with more space (about 2 GB for a million reviews of 80 words)"
            ) from error
        self._ends.append(self._file.tell())

    def __iter__(self) -> Iterator[T]:
        """Yield each group as it was written."""
        start = 0
        for end in self._ends:
            self._file.seek(start)
            group = []
            while self._file.tell() < end:
                group.append(np.load(self._file, allow_pickle=False))
            yield self._make(group)
            start = end
