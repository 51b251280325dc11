"""Features of a batch of texts, as arrays: the slow part of training, which the workers do."""

from __future__ import annotations

import hashlib
from array import array
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sentiment.model import features
from sentiment.model.tokenizer import tokenize

if TYPE_CHECKING:
    from numpy.typing import NDArray

RESERVED_SHARE = 20
"""One text in this many is not trained on; these stop the fit and calibrate."""


class Batch(NamedTuple):
    """Reviews for a worker.

    Attributes:
        texts: The full texts, n of them.
        labels: 1 for positive, int8 (n,).
        weights: How much each counts, float64 (n,).
        products: Values of their products, float64 (n, k).
    """

    texts: list[str]
    labels: NDArray[np.int8]
    weights: NDArray[np.float64]
    products: NDArray[np.float64]


class Chunk(NamedTuple):
    """Features of a batch, its n-grams numbered in the order of their hashes.

    Attributes:
        codes: Numbers of each text's distinct n-grams, text after text, int32 (cells,).
        starts: Start of each text's numbers, and the end of the last one's, int64 (n + 1,).
        norms: Value of each n-gram of a text, float64 (n,).
        values: Lexicon values, float32 (n, values).
        characters: Length of each text, int32 (n,).
        reserved: Whether each text is kept from training, bool (n,).
        labels: As in the batch.
        weights: As in the batch.
        products: As in the batch.
        hashes: Hash of each n-gram, ascending, int64 (n-grams,).
        held_by: Weight of the texts that contain each n-gram, float64 (n-grams,).
        named: Hashes of the n-grams in `names`: those that the worker has not named recently, int64 (named,).
        names: These n-grams, one per line, as bytes of UTF-8, uint8 (bytes,).
    """

    codes: NDArray[np.int32]
    starts: NDArray[np.int64]
    norms: NDArray[np.float64]
    values: NDArray[np.float32]
    characters: NDArray[np.int32]
    reserved: NDArray[np.bool_]
    labels: NDArray[np.int8]
    weights: NDArray[np.float64]
    products: NDArray[np.float64]
    hashes: NDArray[np.int64]
    held_by: NDArray[np.float64]
    named: NDArray[np.int64]
    names: NDArray[np.uint8]

    def counted(self) -> Chunk:
        """Return the chunk without what is only needed to count and name its n-grams."""
        return self._replace(held_by=self.held_by[:0], named=self.named[:0], names=self.names[:0])


class Named:
    """Which n-grams were named recently, in bounded memory; naming one twice is harmless."""

    def __init__(self, slots: int = 2**20) -> None:
        self._slots = np.arange(1, slots + 1)  # no hash is equal to the value in its slot

    def take_new(self, hashes: NDArray[np.int64]) -> NDArray[np.intp]:
        """Return the indices of the hashes that are new, and remember them."""
        slots = hashes % len(self._slots)
        new = np.flatnonzero(self._slots[slots] != hashes)
        self._slots[slots[new]] = hashes[new]
        return new


def featurise(batch: Batch, lexicon: features.Lexicon, named: Named) -> Chunk:
    """Return the features of a batch, from the same code as in serving; `named` knows the names in earlier chunks.

    The hashes are Python's `hash` of strings: the same in all processes with the same `PYTHONHASHSEED`.
    """
    ngrams: list[str] = []
    starts, norms, values = array("q", [0]), array("d"), array("f")
    for text in batch.texts:
        reading = features.read(tokenize(text), lexicon)
        distinct = features.distinct_ngrams(reading)
        ngrams += distinct
        starts.append(len(ngrams))
        norms.append(features.norm(len(distinct)))
        values.extend(features.values(features.sums(reading), reading))
    ends = np.frombuffer(starts, dtype=np.int64)
    hashes, places, codes = _numbered(np.fromiter(map(hash, ngrams), dtype=np.int64, count=len(ngrams)))
    new = named.take_new(hashes)
    return Chunk(
        codes=codes,
        starts=ends,
        norms=np.frombuffer(norms),
        values=np.frombuffer(values, dtype=np.float32).reshape(-1, len(features.VALUES)),
        characters=np.array([len(text) for text in batch.texts], dtype=np.int32),
        reserved=np.array([is_reserved(text) for text in batch.texts], dtype=np.bool_),
        labels=batch.labels,
        weights=batch.weights,
        products=batch.products,
        hashes=hashes,
        held_by=np.bincount(codes, np.repeat(batch.weights, np.diff(ends)), minlength=len(hashes)).astype(np.float64),
        named=hashes[new],
        names=np.frombuffer("\n".join([ngrams[place] for place in places[new].tolist()]).encode(), dtype=np.uint8),
    )


def _numbered(
    cells: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.intp], NDArray[np.int32]]:
    """Return the distinct numbers in ascending order, an index of each, and for every cell which number it is.

    Like `numpy.unique`, in half the time: any index of equal cells will do.
    """
    order = np.argsort(cells)
    ascending = cells[order]
    first = np.ones(len(cells), dtype=np.bool_)
    np.not_equal(ascending[1:], ascending[:-1], out=first[1:])
    codes = np.empty(len(cells), dtype=np.int32)
    codes[order] = np.cumsum(first, dtype=np.int32) - 1
    return ascending[first], order[first], codes


def is_reserved(text: str) -> bool:
    """Return whether a text is reserved: decided by its content, so that its duplicates are reserved too."""
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8, person=b"reserved").digest()
    return int.from_bytes(digest, "big") % RESERVED_SHARE == 0
