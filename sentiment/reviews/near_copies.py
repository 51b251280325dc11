"""Near-copies of texts: most of what one says, the other says in the same words.

Texts are compared by their shingles, the runs of five bytes of their normal forms. What finds the pairs to compare does
not grow with the product of the numbers of texts: MinHash in bands (Broder 1997) finds texts that are alike, and a
sample of their longer runs (FracMinHash: Irber et al. 2022) finds one text in another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sentiment.reviews.identity import normalised

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    Keys = NDArray[np.uint64]
    Rows = NDArray[np.int64]

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
_SAMPLED = np.uint64(4)
"""One in so many passages, the runs of 16 bytes, is in the sample."""
_SHARED = 0.25
"""Pairs of which one has this part of the other's sample are compared exactly."""

_random = np.random.default_rng(0)
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_FACTORS = _random.integers(1 << 31, size=_BANDS * _ROWS, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
_SUMMANDS = _random.integers(1 << 32, size=_BANDS * _ROWS, dtype=np.uint32)
_MIX = _random.integers(1 << 63, size=_ROWS, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
_NUMBERS = _random.integers(1 << 63, size=_BANDS, dtype=np.uint64)


def near_copies(texts: Sequence[str], others: Iterable[str]) -> NDArray[np.bool_]:
    """Return whether each of n texts is a near-copy of one of the others, shape (n,); the others are read once."""
    known = _Known(texts)
    found = np.zeros(len(texts), dtype=bool)
    for other in others if len(texts) else ():
        for row in known.near(other, among=~found):
            found[row] = True
    return found


def first_of_near_copies(texts: Sequence[str], groups: Sequence[Hashable]) -> NDArray[np.bool_]:
    """Return whether each of n texts is the first of its near-copies in its group, shape (n,)."""
    known = _Known(texts)
    numbers = {group: number for number, group in enumerate(dict.fromkeys(groups))}
    group = np.array([numbers[each] for each in groups], dtype=np.int64)
    kept = np.zeros(len(texts), dtype=bool)
    for row, text in enumerate(texts):
        kept[row] = next(known.near(text, among=kept & (group == group[row])), None) is None
    return kept


class _Sketch(NamedTuple):
    """What a text is found by."""

    signature: NDArray[np.uint32]
    bands: Keys
    passages: Keys

    @classmethod
    def of(cls, text: str) -> _Sketch:
        data = normalised(text).encode("utf-8", "surrogatepass")
        signature = _signature(_shingles(data))
        bands: Keys = (signature.astype(np.uint64).reshape(_BANDS, _ROWS) * _MIX).sum(axis=1, dtype=np.uint64)
        return cls(signature, bands ^ _NUMBERS, _passages(data))


class _Known:
    """Texts in which near-copies are looked for."""

    def __init__(self, texts: Sequence[str]) -> None:
        sketches = [_Sketch.of(text) for text in texts]
        self._texts = texts
        self._signatures = np.array([one.signature for one in sketches]).reshape(len(texts), _BANDS * _ROWS)
        self._sampled = np.array([len(one.passages) for one in sketches], dtype=np.int64)
        self._bands = _Index([one.bands for one in sketches])
        self._passages = _Index([one.passages for one in sketches])

    def near(self, text: str, among: NDArray[np.bool_]) -> Iterator[int]:
        """Yield the numbers of the texts that are near-copies of this one; `among` says which count, shape (n,)."""
        sketch = _Sketch.of(text)
        alike = np.unique(self._bands.owners(sketch.bands, among))
        agree = (self._signatures[alike] == sketch.signature).mean(axis=1)
        holding, shared = np.unique(self._passages.owners(sketch.passages, among), return_counts=True)
        needed = _SHARED * np.minimum(self._sampled[holding], len(sketch.passages))
        likely = np.union1d(alike[agree >= _SLACK * ALIKE], holding[shared >= needed])
        shingles = _shingles_of(text) if len(likely) else None
        for row in likely.tolist():
            if shingles is not None and _are_near(shingles, _shingles_of(self._texts[row])):
                yield row


class _Index:
    """Which of n texts have a key."""

    def __init__(self, keys: Sequence[Keys]) -> None:
        every = np.concatenate([*keys, np.empty(0, dtype=np.uint64)])
        order = np.argsort(every, kind="stable")
        self._keys = every[order]
        self._owners = np.repeat(np.arange(len(keys)), [len(one) for one in keys])[order]

    def owners(self, keys: Keys, among: NDArray[np.bool_]) -> Rows:
        """Return who has each of these keys, once for each."""
        first = np.searchsorted(self._keys, keys, "left")
        count = np.searchsorted(self._keys, keys, "right") - first
        within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        found: Rows = self._owners[np.repeat(first, count) + within]
        return found[among[found]]


def _shingles_of(text: str) -> Keys:
    return _shingles(normalised(text).encode("utf-8", "surrogatepass"))


def _shingles(data: bytes) -> Keys:
    """Return the distinct shingles of a normal form, in ascending order; one at least."""
    padded = np.frombuffer(data.ljust(SHINGLE_BYTES, b"\0") + b"\0" * 3, dtype=np.uint8)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 8)
    return np.unique(np.ascontiguousarray(windows).view("<u8").ravel() & np.uint64((1 << 8 * SHINGLE_BYTES) - 1))


def _passages(data: bytes) -> Keys:
    """Return hashes of the sampled passages of a normal form, distinct: a passage is in all samples or in none."""
    padded = np.frombuffer(data.ljust(16, b"\0"), dtype=np.uint8)
    halves = np.ascontiguousarray(np.lib.stride_tricks.sliding_window_view(padded, 16)).view("<u8")
    hashes = halves[:, 0] * _MIX[0] ^ halves[:, 1] * _MIX[1]
    hashes = (hashes ^ (hashes >> np.uint64(29))) * _SPREAD
    return np.unique(hashes[(hashes >> np.uint64(32)) % _SAMPLED == 0])


def _signature(shingles: Keys) -> NDArray[np.uint32]:
    """Return the smallest value of each of the hashes, in 32 bits, which are twice as fast as 64."""
    spread = (shingles * _SPREAD >> np.uint64(32)).astype(np.uint32)
    hashes = spread[:, None] * _FACTORS
    hashes += _SUMMANDS
    smallest: NDArray[np.uint32] = hashes.min(axis=0)
    return smallest


def _are_near(one: Keys, other: Keys) -> bool:
    shared = len(np.intersect1d(one, other, assume_unique=True))
    shorter = min(len(one), len(other))
    return shared >= ALIKE * (len(one) + len(other) - shared) or (
        shorter >= LEAST_CONTAINED and shared >= CONTAINED * shorter
    )
