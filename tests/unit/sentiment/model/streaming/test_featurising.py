"""Workers compute the same features as serving, and name each n-gram at least once."""

from __future__ import annotations

import numpy as np

from sentiment.model import features
from sentiment.model.lexicon import load_lexicon
from sentiment.model.streaming.featurising import RESERVED_SHARE, Batch, Chunk, Named, featurise, is_reserved
from sentiment.model.tokenizer import tokenize


def ngrams_of(chunk: Chunk) -> dict[int, str]:
    return dict(zip(chunk.named.tolist(), chunk.names.tobytes().decode().split("\n"), strict=True))


def test_a_chunk_holds_the_distinct_ngrams_of_each_text(batch: Batch, chunk: Chunk) -> None:
    names = ngrams_of(chunk)
    lexicon = load_lexicon()
    for row, text in enumerate(batch.texts):
        codes = chunk.codes[chunk.starts[row] : chunk.starts[row + 1]]
        distinct = features.distinct_ngrams(features.read(tokenize(text), lexicon))
        assert {names[one] for one in chunk.hashes[codes].tolist()} == distinct
        assert len(codes) == len(distinct)
        assert chunk.norms[row] == features.norm(len(distinct))


def test_a_chunk_holds_the_lexicon_values_of_each_text(batch: Batch, chunk: Chunk) -> None:
    lexicon = load_lexicon()
    for row, text in enumerate(batch.texts):
        reading = features.read(tokenize(text), lexicon)
        np.testing.assert_allclose(chunk.values[row], features.values(features.sums(reading), reading), rtol=1e-6)


def test_an_ngram_is_held_by_the_weight_of_its_texts(batch: Batch, chunk: Chunk) -> None:
    expected = np.zeros(len(chunk.hashes))
    for row, weight in enumerate(batch.weights):
        expected[chunk.codes[chunk.starts[row] : chunk.starts[row + 1]]] += weight
    np.testing.assert_allclose(chunk.held_by, expected)


def test_ngrams_named_before_are_not_named_again(batch: Batch) -> None:
    named = Named()
    first, second = (featurise(batch, load_lexicon(), named) for _ in range(2))
    assert len(first.named) == len(first.hashes)
    assert len(second.named) < len(second.hashes) / 20
    np.testing.assert_array_equal(first.hashes, second.hashes)


def test_naming_in_less_memory_than_there_are_ngrams_names_them_all(batch: Batch, chunk: Chunk) -> None:
    crowded = featurise(batch, load_lexicon(), Named(slots=64))
    assert set(crowded.named.tolist()) == set(chunk.hashes.tolist())


def test_texts_without_a_word_are_rows_without_ngrams() -> None:
    batch = Batch(["", "  ", "good"], np.array([0, 1, 1], dtype=np.int8), np.ones(3), np.zeros((3, 3)))
    chunk = featurise(batch, load_lexicon(), Named())
    assert np.diff(chunk.starts).tolist()[:2] == [0, 0]
    nothing = featurise(Batch([""], batch.labels[:1], batch.weights[:1], batch.products[:1]), load_lexicon(), Named())
    assert len(nothing.codes) == len(nothing.hashes) == len(nothing.names) == 0


def test_one_text_in_twenty_is_reserved_and_every_repetition_with_it(batch: Batch, chunk: Chunk) -> None:
    assert 0.5 < RESERVED_SHARE * np.mean([is_reserved(f"review {number}") for number in range(5000)]) < 1.5
    again = featurise(batch, load_lexicon(), Named())
    np.testing.assert_array_equal(chunk.reserved, again.reserved)
    assert chunk.reserved.any()
    assert is_reserved("\ud800") in (True, False)  # half of a pair, which some files have
