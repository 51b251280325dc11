"""A text that a model was trained on, with those who stand behind its label."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from sentiment.evaluation.trust import Rater
    from sentiment.reviews.review import Label


class TrainingText(NamedTuple):
    """A text that the candidate was trained on.

    Attributes:
        text: What the model reads.
        label: Its label.
        weight: How much it counts.
        raters: Who stands behind the label; nobody if it has stars.
    """

    text: str
    label: Label
    weight: float
    raters: frozenset[Rater] = frozenset()

    @property
    def clients(self) -> frozenset[str]:
        """The clients of the raters."""
        return frozenset(rater.client for rater in self.raters)
