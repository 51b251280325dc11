"""Arrays on disk, in an unnamed file that disappears with the process."""

from __future__ import annotations

import errno
import tempfile
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from sentiment.model.errors import StreamingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType

    from numpy.typing import NDArray

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Spill:
    """Groups of arrays in the folder `TMPDIR`, written once and read in order any number of times."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`, at the end of a `with`
        self._ends: list[int] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Free the space on disk."""
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

    def __len__(self) -> int:
        return len(self._ends)

    def __iter__(self) -> Iterator[list[NDArray[Any]]]:
        """Yield each group as it was written."""
        start = 0
        for end in self._ends:
            self._file.seek(start)
            group = []
            while self._file.tell() < end:
                group.append(np.load(self._file, allow_pickle=False))
            yield group
            start = end
