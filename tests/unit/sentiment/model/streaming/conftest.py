"""The built-in reviews as a batch and as a chunk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from sentiment.model.lexicon import load_lexicon
from sentiment.model.streaming.featurising import Batch, Chunk, Named, featurise
from sentiment.reviews.example import Example, as_examples

if TYPE_CHECKING:
    from sentiment.reviews.review import Review


@pytest.fixture(scope="session")
def batch(few_reviews: list[Review]) -> Batch:
    """Every eighth of the built-in reviews; every third counts half, every fifth has a product."""
    count = len(few_reviews)
    products = np.zeros((count, 3))
    products[::5] = (0.5, 0.1, 0.4)
    return Batch(
        texts=[review.full_text for review in few_reviews],
        labels=np.array([review.label == "positive" for review in few_reviews], dtype=np.int8),
        weights=np.where(np.arange(count) % 3, 1.0, 0.5),
        products=products,
    )


@pytest.fixture(scope="session")
def chunk(batch: Batch) -> Chunk:
    return featurise(batch, load_lexicon(), Named())


@pytest.fixture(scope="session")
def examples(few_reviews: list[Review]) -> list[Example]:
    """The reviews, each twice, so that one in twenty is enough to calibrate with."""
    return list(as_examples((*few_reviews, *few_reviews)))
