"""The size of a batch depends on its texts, and only training examples are batched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentiment.model.streaming import training
from sentiment.model.streaming.training import batches_of
from sentiment.model.summary import Summary
from sentiment.reviews.example import Example
from sentiment.reviews.product import ProductStats, product_values
from sentiment.reviews.review import Label, Review

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest


def example(text: str, *, label: Label | None = "positive", held_out: bool = False, weight: float = 1.0) -> Example:
    return Example(Review("id", None, "", text, None, label, None, "test"), weight, held_out=held_out)


def test_a_batch_ends_with_the_text_that_fills_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "MAX_TEXTS", 3)
    monkeypatch.setattr(training, "MAX_CHARACTERS", 10)
    texts = ["a", "b", "c", "d" * 9, "e", "f" * 50, "g"]
    batches = list(batches_of(map(example, texts), Summary()))
    assert [batch.texts for batch in batches] == [["a", "b", "c"], ["d" * 9, "e"], ["f" * 50], ["g"]]


def test_only_training_examples_are_batched_and_all_are_counted() -> None:
    summary = Summary()
    given = [
        example("kept", weight=0.5),
        example("held out", held_out=True),
        example("no label", label=None),
        example("no weight", weight=0.0),
    ]
    (batch,) = batches_of(given, summary)
    assert batch.texts == ["kept"]
    assert batch.weights.tolist() == [0.5]
    assert batch.products.tolist() == [product_values(None)]
    assert summary.left_aside == {"held_out": 1, "no_label": 1, "no_weight": 1}


def test_product_values_are_batched() -> None:
    stats = ProductStats(10, 4.5, 0.9)
    (batch,) = batches_of([Example(example("good").review, product=stats)], Summary())
    assert batch.products.tolist() == [product_values(stats)]


def test_examples_are_read_lazily() -> None:
    taken = []

    def source() -> Iterator[Example]:
        for number in range(3 * training.MAX_TEXTS):
            taken.append(number)
            yield example(str(number))

    next(batches_of(source(), Summary()))
    assert len(taken) == training.MAX_TEXTS
