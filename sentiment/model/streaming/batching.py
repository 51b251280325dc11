"""Examples as batches for the workers; their size depends only on the examples, as the model must."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sentiment.model.streaming.featurising import Batch
from sentiment.reviews.product import PRODUCT_VALUES, product_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sentiment.model.summary import Summary
    from sentiment.reviews.example import Example

MAX_TEXTS = 4096
MAX_CHARACTERS = 4_000_000
"""A batch ends with the text that reaches either limit."""

_NOTHING_KNOWN = [0.0] * len(PRODUCT_VALUES)


def batches_of(examples: Iterable[Example], summary: Summary) -> Iterator[Batch]:
    """Yield the examples to train on, in order, and count all of them in the summary."""
    chosen: list[Example] = []
    texts: list[str] = []
    characters = 0
    for example in examples:
        if summary.leaves_aside(example):
            continue
        summary.add(example)
        chosen.append(example)
        texts.append(example.review.full_text)
        characters += len(texts[-1])
        if len(texts) == MAX_TEXTS or characters >= MAX_CHARACTERS:
            yield _batch(chosen, texts)
            chosen, texts, characters = [], [], 0
    if texts:
        yield _batch(chosen, texts)


def _batch(examples: list[Example], texts: list[str]) -> Batch:
    products = [(example.product and product_values(example.product)) or _NOTHING_KNOWN for example in examples]
    return Batch(
        texts=texts,
        labels=np.array([example.label == "positive" for example in examples], dtype=np.int8),
        weights=np.array([example.weight for example in examples]),
        products=np.array(products, dtype=np.float64),
    )
