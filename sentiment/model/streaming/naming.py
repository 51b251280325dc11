"""The names of n-grams that are known by their hash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray


def names_of(wanted: NDArray[np.int64], lists: Iterable[Sequence[NDArray[Any]]]) -> list[str]:
    """Return the n-grams of some hashes, in their order.

    Args:
        wanted: The hashes, each once.
        lists: Hashes, and as many n-grams, a line each, as bytes of UTF-8; gone through until all are found.
    """
    names: dict[int, str] = {}
    missing = np.sort(wanted)
    remaining = iter(lists)
    while len(missing):
        hashes, lines = next(remaining)
        found = np.flatnonzero(np.isin(hashes, missing))
        if len(found):
            read = lines.tobytes().decode().split("\n")
            names.update((int(hashes[place]), read[place]) for place in found)
            missing = np.setdiff1d(missing, hashes[found], assume_unique=True)
    return [names[int(one)] for one in wanted]
