"""A frozen frame as the data of a tracked run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sentiment.trust import capped_share
from training.dataset import Dataset

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feature_repo.frozen import FrozenDataset
    from sentiment.example import Example
    from training.lineage import Lineage


def dataset_of(frozen: FrozenDataset, lineage: Lineage, *, feedback_share: float) -> Dataset:
    """Return the frame's reviews, feedback scaled down to its share of the weight that is trained on.

    Args:
        frozen: The frame.
        lineage: What a version trained on it is made from.
        feedback_share: Of the whole weight, at most.
    """
    training: list[Example] = []
    held_out: list[Example] = []
    for example in frozen.examples():
        (held_out if example.is_held_out else training).append(example)
    name = f"{frozen.window_start:%Y-%m-%d} to {frozen.window_end:%Y-%m-%d}"
    return Dataset(
        name=f"{name} (times replayed)" if frozen.replayed else name,
        training=_capped(training, feedback_share),
        held_out=held_out,
        replayed=frozen.replayed,
        made_from=lineage,
    )


def _capped(examples: Sequence[Example], share: float) -> list[Example]:
    weights = capped_share(
        [example.weight for example in examples], [example.is_feedback for example in examples], share
    )
    return [
        example if example.weight == weight else replace(example, weight=weight)
        for example, weight in zip(examples, weights, strict=True)
    ]
