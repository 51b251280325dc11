"""A block has the columns of the vectorizer, and several can be joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.sparse import diags

from sentiment.model import features
from sentiment.model.lexicon import load_lexicon
from sentiment.model.streaming.blocks import block_of, joined
from sentiment.model.vectorizer import ReviewVectorizer

if TYPE_CHECKING:
    from sentiment.model.streaming.featurising import Batch, Chunk


@pytest.mark.parametrize("share", [1, 3])
def test_a_block_holds_what_the_vectorizer_makes(batch: Batch, chunk: Chunk, share: int) -> None:
    vocabulary = chunk.hashes[::share]
    names = dict(zip(chunk.named.tolist(), chunk.names.tobytes().decode().split("\n"), strict=True))
    vectorizer = ReviewVectorizer([names[one] for one in vocabulary.tolist()], load_lexicon())
    matrix = vectorizer.fit_transform(batch.texts)[:, : len(vocabulary)]
    block = block_of(chunk, vocabulary)
    assert abs(diags(block.norms) @ block.presence(len(vocabulary)) - matrix).max() == 0
    assert block.values.shape == (len(batch.texts), len(features.VALUES))


def test_an_empty_vocabulary_gives_empty_rows(chunk: Chunk) -> None:
    block = block_of(chunk, chunk.hashes[:0])
    assert len(block.columns) == 0
    assert block.presence(0).shape == (len(chunk.norms), 0)


def test_joined_blocks_are_their_rows_one_after_the_other(chunk: Chunk) -> None:
    block = block_of(chunk, chunk.hashes[::2])
    both = joined([block, block])
    width = len(chunk.hashes[::2])
    rows = len(block.norms)
    assert abs(both.presence(width)[:rows] - block.presence(width)).max() == 0
    assert abs(both.presence(width)[rows:] - block.presence(width)).max() == 0
    np.testing.assert_array_equal(both.labels, np.tile(block.labels, 2))
