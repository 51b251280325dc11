"""Training on a frame: one batch at a time, feedback within its share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sentiment.reviews.example import FEEDBACK_SOURCE, Example
from sentiment.reviews.held_out import PUBLIC
from sentiment.reviews.review import Review, review_id_of
from training.retraining.candidate import TrainingExamples
from training.runs.dataset import Facts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sentiment.reviews.review import Label


class Frame:
    """Examples that are generated at each pass; passes are counted."""

    def __init__(self, stars: int, feedback: int) -> None:
        self.passes = 0
        self._kinds = ["shop"] * stars + [FEEDBACK_SOURCE] * feedback

    def __len__(self) -> int:
        return len(self._kinds)

    def __iter__(self) -> Iterator[Example]:
        self.passes += 1
        for number, source in enumerate(self._kinds):
            text = f"review {number}"
            review_id = review_id_of(product_id=None, title="", text=text)
            label: Label = "positive" if number % 2 else "negative"
            review = Review(review_id, None, "", text, None, label, None, source)
            yield Example(review, held_out=PUBLIC.holds_out(text))


def weight(examples: TrainingExamples, source: str) -> float:
    return sum(example.weight for example in examples if example.review.source == source)


def test_feedback_has_at_most_its_share_of_the_weight() -> None:
    examples = TrainingExamples(Frame(stars=900, feedback=900), 0.1)
    feedback = weight(examples, FEEDBACK_SOURCE)
    assert feedback / (feedback + weight(examples, "shop")) == pytest.approx(0.1)
    assert all(example.weight == 1.0 for example in examples if not example.is_feedback)


def test_feedback_within_its_share_keeps_its_weight() -> None:
    examples = TrainingExamples(Frame(stars=900, feedback=20), 0.1)
    assert {example.weight for example in examples} == {1.0}


def test_each_pass_gives_the_same_examples_without_held_out_ones() -> None:
    examples = TrainingExamples(Frame(stars=300, feedback=300), 0.2)
    first, second = list(examples), list(examples)
    assert first == second
    assert len(examples) == len(first) < 600
    assert not any(example.held_out for example in first)


def test_all_facts_on_the_reviews_take_one_pass() -> None:
    frame = Frame(stars=300, feedback=100)
    part = Facts.of(frame)
    assert part.labels == {"negative": 200, "positive": 200}
    assert part.sources == {"feedback": 100, "shop": 300}
    assert part.window is None
    assert len(part.sha256) == 64
    assert frame.passes == 1
