"""What the model sees in a batch of texts, as arrays: the part of training that takes the time, done by workers."""

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
"""One text in so many is not trained on: it tells when to stop, and calibrates."""


class Batch(NamedTuple):
    """Reviews on their way to a worker.

    Attributes:
        texts: The documents, n of them.
        labels: 1 for positive, int8 (n,).
        weights: How much each counts, float64 (n,).
        products: Values of their products, float64 (n, k).
    """

    texts: list[str]
    labels: NDArray[np.int8]
    weights: NDArray[np.float64]
    products: NDArray[np.float64]


class Chunk(NamedTuple):
    """A batch as it was read, its n-grams numbered in the order of their hashes.

    Attributes:
        codes: Numbers of each text's distinct n-grams, text after text, int32 (cells,).
        starts: Where each text's numbers begin and the last one's end, int64 (n + 1,).
        norms: What an n-gram of each text counts, float64 (n,).
        values: Lexicon values, float32 (n, values).
        characters: Length of each text, int32 (n,).
        reserved: Whether each text is kept from training, bool (n,).
        labels: As in the batch.
        weights: As in the batch.
        products: As in the batch.
        hashes: Hash of each n-gram, ascending, int64 (n-grams,).
        held_by: Weight of the texts that hold each n-gram, float64 (n-grams,).
        named: Hashes of the n-grams that `names` has: those that the reader has not named lately, int64 (named,).
        names: These n-grams, a line each, as bytes of UTF-8, uint8 (bytes,).
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
        """Return the chunk without what is of no use once its n-grams are counted and named."""
        return self._replace(held_by=self.held_by[:0], named=self.named[:0], names=self.names[:0])


class Named:
    """Which n-grams have been named lately, in bounded memory: naming one twice costs a little, and is no mistake."""

    def __init__(self, slots: int = 2**20) -> None:
        self._slots = np.arange(1, slots + 1)  # no slot holds a hash of its own yet

    def take_new(self, hashes: NDArray[np.int64]) -> NDArray[np.intp]:
        """Return the places of the hashes that are not known, and know them from now on."""
        slots = hashes % len(self._slots)
        new = np.flatnonzero(self._slots[slots] != hashes)
        self._slots[slots[new]] = hashes[new]
        return new


def featurise(batch: Batch, lexicon: features.Lexicon, named: Named) -> Chunk:
    """Return the batch as the model reads it, by the same code that serves.

    The hashes are Python's own of strings: the same in every process that runs with the same `PYTHONHASHSEED`.

    Args:
        batch: The reviews.
        lexicon: The opinion words.
        named: Which n-grams were named in chunks before this one.
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
    """Return the distinct numbers in ascending order, a place of each, and for every cell which of them it is.

    This is `numpy.unique`, in half the time: of equal cells it does not matter which is the place.
    """
    order = np.argsort(cells)
    ascending = cells[order]
    first = np.ones(len(cells), dtype=np.bool_)
    np.not_equal(ascending[1:], ascending[:-1], out=first[1:])
    codes = np.empty(len(cells), dtype=np.int32)
    codes[order] = np.cumsum(first, dtype=np.int32) - 1
    return ascending[first], order[first], codes


def is_reserved(text: str) -> bool:
    """Tell whether a text is kept from training: by its content, so that no repetition of it is trained on either."""
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8, person=b"reserved").digest()
    return int.from_bytes(digest, "big") % RESERVED_SHARE == 0
