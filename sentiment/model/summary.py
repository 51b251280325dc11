"""The artifact's summary of the reviews that a model was trained on, and how it was trained."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Any, Literal

from sentiment.reviews.product import product_values

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sentiment.model.hyperparameters import Hyperparameters
    from sentiment.reviews.example import Example

Trainer = Literal["memory", "disk"]
"""Where the reviews were kept while a model was trained: on disk if there were more than `stream_above`."""

TRAINED: dict[Trainer, str] = {"memory": "trained in memory", "disk": "trained from disk"}
"""Each trainer, for people."""


class Summary:
    """Counts, checksum and window of the examples trained on, and how many were `left_aside`, by reason."""

    def __init__(self) -> None:
        self.left_aside = Counter({"held_out": 0, "no_label": 0})
        self._digest = hashlib.sha256()
        self._labels: Counter[str | None] = Counter()
        self._sources: Counter[str] = Counter()
        self._weight = self._feedback_weight = 0.0
        self._feedback = self._with_product = 0
        self._start: datetime | None = None
        self._end: datetime | None = None

    def leaves_aside(self, example: Example) -> bool:
        """Return whether an example is not trained on; if so, count it."""
        if example.held_out:
            self.left_aside["held_out"] += 1
        elif not example.label:
            self.left_aside["no_label"] += 1
        elif not example.weight:
            self.left_aside["no_weight"] += 1
        else:
            return False
        return True

    def add(self, example: Example) -> None:
        """Count an example that is trained on."""
        review = example.review
        self._digest.update(line_of(example))
        self._labels[example.label] += 1
        self._sources[review.source] += 1
        self._weight += example.weight
        if example.is_feedback:
            self._feedback += 1
            self._feedback_weight += example.weight
        if example.product is not None and any(product_values(example.product)):
            self._with_product += 1
        if review.time is not None:
            self._start = review.time if self._start is None else min(self._start, review.time)
            self._end = review.time if self._end is None else max(self._end, review.time)

    def to_dict(
        self, hyperparameters: Hyperparameters, trainer: Trainer, *, dataset: str | None, replayed: bool
    ) -> dict[str, Any]:
        """Return plain values, for JSON; the checksum depends on the order of the examples.

        `dataset` is what people call the reviews; `replayed`, whether their times are those of a demonstration.
        """
        share = self._feedback_weight / self._weight if self._feedback else 0.0
        return {
            "hyperparameters": hyperparameters.to_dict(),
            "trainer": trainer,
            "data_sha256": self._digest.hexdigest(),
            "reviews": self._labels.total(),
            "positive": self._labels["positive"],
            "negative": self._labels["negative"],
            "left_aside": dict(self.left_aside),
            "sources": dict(sorted(self._sources.items())),
            "window": {
                "start": None if self._start is None else self._start.isoformat(),
                "end": None if self._end is None else self._end.isoformat(),
                "replayed": replayed,
            },
            "dataset": dataset,
            "weight": round(self._weight, 6),
            "feedback": {"reviews": self._feedback, "share": round(share, 6)},
            "with_product": self._with_product,
        }


def data_hash(examples: Iterable[Example]) -> str:
    """Return the SHA-256 of the examples' ids, labels, weights and product values, in order."""
    digest = hashlib.sha256()
    for example in examples:
        digest.update(line_of(example))
    return digest.hexdigest()


def line_of(example: Example) -> bytes:
    """Return an example's part of the checksum: id and label; weight and product values if there are any."""
    line = f"{example.review.review_id} {example.label}"
    values = product_values(example.product)
    if example.weight != 1.0 or any(values):
        line = " ".join([line, *map(repr, (example.weight, *values))])
    return f"{line}\n".encode()
