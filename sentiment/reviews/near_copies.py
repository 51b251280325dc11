"""Near-copies of texts: most of what one says, the other says in the same words.

Texts are compared by their shingles, the runs of five bytes of their normal forms. MinHash (Broder 1997) in bands finds
the pairs to compare, so that the work does not grow with the product of the numbers of texts.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from sentiment.reviews.identity import normalised

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    Shingles = NDArray[np.uint64]

SHINGLE_BYTES = 5
ALIKE = 0.35
"""Share of the shingles of either text that both have, from which on they are near-copies."""
CONTAINED = 0.65
"""The same of the shorter text alone: then it is most of what the other one copies or adds to."""
LEAST_CONTAINED = 60
"""Shingles of a text that is looked for in longer ones: less is a phrase that many reviews have."""

_BANDS, _ROWS = 64, 3
"""Of the signature; at `ALIKE`, 94 % of pairs agree in a whole band, at 0.5 all but one in 5,000."""
_SLACK = 0.6
"""Pairs whose signatures agree by this part of what is needed are compared exactly."""
_AT_ONCE = 1000

_random = np.random.default_rng(0)
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_FACTORS = _random.integers(1 << 31, size=_BANDS * _ROWS, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
_SUMMANDS = _random.integers(1 << 32, size=_BANDS * _ROWS, dtype=np.uint32)
_MIX = _random.integers(1 << 63, size=_ROWS, dtype=np.uint64) * np.uint64(2) + np.uint64(1)


def near_copies(texts: Sequence[str], others: Iterable[str]) -> NDArray[np.bool_]:
    """Return whether each of n texts is a near-copy of one of the others, shape (n,); the others are read once."""
    found = np.zeros(len(texts), dtype=bool)
    known = _Sketches(texts)
    rest = iter(others)
    while len(texts) and (some := list(islice(rest, _AT_ONCE))):
        for row, _ in known.pairs(_Sketches(some)):
            found[row] = True
    return found


def near_pairs(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the numbers of two texts that are near-copies of each other, the lower one first, in order."""
    known = _Sketches(texts)
    yield from sorted((one, other) for one, other in known.pairs(known) if one < other)


class _Sketches:
    """The shingles of n texts, and their signatures by MinHash."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.shingles = [_shingles(text) for text in texts]
        self.sizes = np.array([len(one) for one in self.shingles], dtype=np.int64)
        self.signatures = np.empty((len(texts), _BANDS * _ROWS), dtype=np.uint32)
        for row, shingles in enumerate(self.shingles):
            self.signatures[row] = _signature(shingles)

    def pairs(self, others: _Sketches) -> Iterator[tuple[int, int]]:
        """Yield a row of each, once, where the texts are near-copies."""
        mine, theirs = self._candidates(others)
        alike = (self.signatures[mine] == others.signatures[theirs]).mean(axis=1)
        shorter, both = np.minimum(self.sizes[mine], others.sizes[theirs]), self.sizes[mine] + others.sizes[theirs]
        contained = alike * both / ((1 + alike) * shorter)
        likely = (alike >= _SLACK * ALIKE) | (contained >= _SLACK * CONTAINED)
        for one, other in zip(mine[likely].tolist(), theirs[likely].tolist(), strict=True):
            if _are_near(self.shingles[one], others.shingles[other]):
                yield one, other

    def _candidates(self, others: _Sketches) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the rows of texts that agree in a band, each pair once."""
        pairs = []
        for mine, theirs in zip(self._bands().T, others._bands().T, strict=True):
            order = np.argsort(mine, kind="stable")
            first = np.searchsorted(mine, theirs, "left", sorter=order)
            count = np.searchsorted(mine, theirs, "right", sorter=order) - first
            other = np.repeat(np.arange(len(theirs)), count)
            within = np.arange(len(other)) - np.repeat(np.cumsum(count) - count, count)
            pairs.append(np.stack([order[np.repeat(first, count) + within], other]))
        found = np.unique(np.concatenate(pairs, axis=1), axis=1)
        return found[0], found[1]

    def _bands(self) -> NDArray[np.uint64]:
        """Return a number for each band of each signature, shape (n, bands)."""
        banded = self.signatures.astype(np.uint64).reshape(-1, _BANDS, _ROWS)
        bands: NDArray[np.uint64] = (banded * _MIX).sum(axis=2, dtype=np.uint64)
        return bands


def _shingles(text: str) -> Shingles:
    """Return the distinct shingles of a text, in ascending order; one at least."""
    data = normalised(text).encode("utf-8", "surrogatepass")
    padded = np.frombuffer(data.ljust(SHINGLE_BYTES, b"\0") + b"\0" * 3, dtype=np.uint8)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 8)
    return np.unique(np.ascontiguousarray(windows).view("<u8").ravel() & np.uint64((1 << 8 * SHINGLE_BYTES) - 1))


def _signature(shingles: Shingles) -> NDArray[np.uint32]:
    """Return the smallest value of each of the hashes, in 32 bits, which are twice as fast as 64."""
    spread = (shingles * _SPREAD >> np.uint64(32)).astype(np.uint32)
    hashes = spread[:, None] * _FACTORS
    hashes += _SUMMANDS
    smallest: NDArray[np.uint32] = hashes.min(axis=0)
    return smallest


def _are_near(one: Shingles, other: Shingles) -> bool:
    shared = len(np.intersect1d(one, other, assume_unique=True))
    shorter = min(len(one), len(other))
    return shared >= ALIKE * (len(one) + len(other) - shared) or (
        shorter >= LEAST_CONTAINED and shared >= CONTAINED * shorter
    )
