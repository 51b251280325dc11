"""A frozen frame as the dataset of a tracked run, read one batch at a time."""

from __future__ import annotations

from array import array
from dataclasses import replace
from typing import TYPE_CHECKING

from sentiment.evaluation.trust import capped_share
from training.runs.dataset import Dataset

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feature_repo.frame.frozen import FrozenDataset
    from sentiment.reviews.example import Example
    from training.registry.lineage import Lineage
    from training.runs.dataset import Examples


class TrainingExamples:
    """A frame's training examples, with feedback scaled down to its share of the weight.

    Only each review's weight stays in memory: 8 bytes.

    Args:
        examples: The frame's examples, in the same order at each pass.
        share: The largest share of the total weight that feedback may have.
    """

    def __init__(self, examples: Examples, share: float) -> None:
        self._examples = examples
        weights, feedback = array("d"), bytearray()
        for example in self._training():
            weights.append(example.weight)
            feedback.append(example.is_feedback)
        self._weights = array("d", capped_share(weights, [bool(one) for one in feedback], share))

    def __len__(self) -> int:
        return len(self._weights)

    def __iter__(self) -> Iterator[Example]:
        """Yield each example with the weight that it has in this run."""
        for example, weight in zip(self._training(), self._weights, strict=True):
            yield example if example.weight == weight else replace(example, weight=weight)

    def _training(self) -> Iterator[Example]:
        return (example for example in self._examples if not example.is_held_out)


def dataset_of(frozen: FrozenDataset, lineage: Lineage, *, feedback_share: float) -> Dataset:
    """Return a frame's reviews as the dataset of a run.

    Args:
        frozen: The frame.
        lineage: Lineage of a version trained on it.
        feedback_share: The largest share of the training weight that feedback may have.
    """
    examples = frozen.examples()
    name = f"{frozen.window_start:%Y-%m-%d} to {frozen.window_end:%Y-%m-%d}"
    return Dataset(
        name=f"{name} (times replayed)" if frozen.replayed else name,
        training=TrainingExamples(examples, feedback_share),
        held_out=[example for example in examples if example.is_held_out],
        replayed=frozen.replayed,
        made_from=lineage,
    )
