"""N-grams by their hash: which ones most reviews contain, and their names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

MAX_COUNTED = 2**21
"""N-grams that are counted at once; beyond it the rarer half is dropped (lossy counting, Manku and Motwani 2002)."""


class NgramCounts:
    """The weight of the reviews that contain each n-gram, by the n-gram's hash.

    A dropped n-gram that occurs again starts from zero: counts are never too high, and too low by at most `forgotten`.
    """

    def __init__(self, limit: int = MAX_COUNTED) -> None:
        self._limit = limit
        self._hashes = np.empty(0, dtype=np.int64)
        self._counts = np.empty(0)
        self._waiting: list[tuple[NDArray[np.int64], NDArray[np.float64]]] = []
        self._size_waiting = 0
        self.forgotten = 0.0

    def add(self, hashes: NDArray[np.int64], counts: NDArray[np.float64]) -> None:
        """Add counts of distinct n-grams."""
        self._waiting.append((hashes, counts))
        self._size_waiting += len(hashes)
        if self._size_waiting >= self._limit // 2:
            self._merge()

    def most_frequent(self, number: int, least: float) -> NDArray[np.int64]:
        """Return the hashes of the n-grams with the highest counts, none below `least`, in ascending order.

        Of equal counts, lower hashes come first.
        """
        self._merge()
        enough = self._counts >= least
        hashes, counts = self._hashes[enough], self._counts[enough]
        return np.sort(hashes[np.argsort(-counts, kind="stable")[:number]])

    def _merge(self) -> None:
        if not self._waiting:
            return
        waiting = [(self._hashes, self._counts), *self._waiting]
        self._waiting, self._size_waiting = [], 0
        hashes = np.concatenate([pair[0] for pair in waiting])
        counts = np.concatenate([pair[1] for pair in waiting])
        order = np.argsort(hashes, kind="stable")
        hashes, counts = hashes[order], counts[order]
        first = np.flatnonzero(np.append(True, hashes[1:] != hashes[:-1])) if len(hashes) else np.empty(0, np.intp)
        self._hashes, self._counts = hashes[first], np.add.reduceat(counts, first)
        if len(self._hashes) > self._limit:
            self._forget()

    def _forget(self) -> None:
        kept = np.sort(np.argsort(-self._counts, kind="stable")[: self._limit // 2])
        gone = np.ones(len(self._counts), dtype=np.bool_)
        gone[kept] = False
        self.forgotten += float(self._counts[gone].max())
        self._hashes, self._counts = self._hashes[kept], self._counts[kept]


def names_of(wanted: NDArray[np.int64], lists: Iterable[Sequence[NDArray[Any]]]) -> list[str]:
    """Return the n-grams of these hashes, in their order.

    Args:
        wanted: Distinct hashes.
        lists: Hashes and their n-grams, one per line, as bytes of UTF-8; read until all are found.
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
