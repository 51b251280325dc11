"""What the model sees in a batch of texts, as arrays: the part of training that takes the time, done by workers."""

from __future__ import annotations

import hashlib
from array import array
from collections import defaultdict
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sentiment import features
from sentiment.tokenizer import tokenize

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
    """A batch as it was read, its n-grams numbered in the order in which the batch first has them.

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
        hashes: Hash of each n-gram, int64 (n-grams,).
        held_by: Weight of the texts that hold each n-gram, float64 (n-grams,).
        names: The n-grams, a line each, as bytes of UTF-8, uint8 (bytes,).
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
    names: NDArray[np.uint8]


def featurise(batch: Batch, lexicon: features.Lexicon) -> Chunk:
    """Return the batch as the model reads it, by the same code that serves.

    The hashes are Python's own of strings: the same in every process that runs with the same `PYTHONHASHSEED`.
    """
    numbers: defaultdict[str, int] = defaultdict(count().__next__)  # an n-gram not seen before gets the next number
    number = numbers.__getitem__
    codes, starts, norms, values = array("i"), array("q", [0]), array("d"), array("f")
    for text in batch.texts:
        reading = features.read(tokenize(text), lexicon)
        distinct = features.distinct_ngrams(reading)
        codes.extend(map(number, distinct))
        starts.append(len(codes))
        norms.append(features.norm(len(distinct)))
        values.extend(features.values(features.sums(reading), reading))
    cells, ends = np.frombuffer(codes, dtype=np.int32), np.frombuffer(starts, dtype=np.int64)
    return Chunk(
        codes=cells,
        starts=ends,
        norms=np.frombuffer(norms),
        values=np.frombuffer(values, dtype=np.float32).reshape(-1, len(features.VALUES)),
        characters=np.array([len(text) for text in batch.texts], dtype=np.int32),
        reserved=np.array([is_reserved(text) for text in batch.texts], dtype=np.bool_),
        labels=batch.labels,
        weights=batch.weights,
        products=batch.products,
        hashes=np.fromiter(map(hash, numbers), dtype=np.int64, count=len(numbers)),
        held_by=np.bincount(cells, np.repeat(batch.weights, np.diff(ends)), minlength=len(numbers)).astype(np.float64),
        names=np.frombuffer("\n".join(numbers).encode(), dtype=np.uint8),
    )


def is_reserved(text: str) -> bool:
    """Tell whether a text is kept from training: by its content, so that no repetition of it is trained on either."""
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8, person=b"reserved").digest()
    return int.from_bytes(digest, "big") % RESERVED_SHARE == 0
