"""Blocks: reviews with their n-grams as numbered columns, which the weights are fitted to."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sentiment.model.streaming.featurising import Chunk


class Block(NamedTuple):
    """Reviews as rows; attributes that a chunk also has are the chunk's.

    Attributes:
        columns: Columns of each review's n-grams, review after review, int32 (cells,).
        starts: Start of each review's columns, and the end of the last one's, int64 (n + 1,).
        norms: Value of each n-gram of a review, float64 (n,).
        values: Lexicon values, float32 (n, values).
        characters: int32 (n,).
        reserved: bool (n,).
        labels: int8 (n,).
        weights: float64 (n,).
        products: float64 (n, k).
    """

    columns: NDArray[np.int32]
    starts: NDArray[np.int64]
    norms: NDArray[np.float64]
    values: NDArray[np.float32]
    characters: NDArray[np.int32]
    reserved: NDArray[np.bool_]
    labels: NDArray[np.int8]
    weights: NDArray[np.float64]
    products: NDArray[np.float64]

    def presence(self, width: int) -> csr_matrix:
        """Return which n-grams each review contains: ones, of shape (n, width)."""
        return csr_matrix((np.ones(len(self.columns)), self.columns, self.starts), shape=(len(self.norms), width))


def block_of(chunk: Chunk, vocabulary: NDArray[np.int64]) -> Block:
    """Return the chunk's rows with only the n-grams of the vocabulary (ascending hashes) as columns."""
    found = np.searchsorted(vocabulary, chunk.hashes)
    known = (found < len(vocabulary)) & (np.append(vocabulary, 0)[found] == chunk.hashes)
    columns = np.where(known, found, -1).astype(np.int32)[chunk.codes]
    kept = columns >= 0
    return Block(
        columns=columns[kept],
        starts=np.append(0, np.cumsum(kept))[chunk.starts],
        norms=chunk.norms,
        values=chunk.values,
        characters=chunk.characters,
        reserved=chunk.reserved,
        labels=chunk.labels,
        weights=chunk.weights,
        products=chunk.products,
    )


def joined(blocks: list[Block]) -> Block:
    """Return several blocks as one, since each pass has a cost per block."""
    offsets = np.cumsum([0, *(len(block.columns) for block in blocks)])
    starts = [block.starts[:-1] + offset for block, offset in zip(blocks, offsets, strict=False)]
    parts = {field: np.concatenate([getattr(block, field) for block in blocks]) for field in Block._fields}
    return Block(**{**parts, "starts": np.concatenate([*starts, offsets[-1:]])})
