"""The words that tell most, for one model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sentiment.model.scorer import Scorer

if TYPE_CHECKING:
    from sentiment.model.artifact import Artifact

MOST_SHOWN = 12


@dataclass(frozen=True, slots=True)
class TellingWord:
    """A word, and by how much it alone moves the log-odds of positive."""

    word: str
    weight: float


def telling_words(artifact: Artifact) -> tuple[list[TellingWord], list[TellingWord]]:
    """Return the words that speak most for positive and for negative, strongest first.

    They are words that the model has a weight of its own for, each as a review of this one word, because what a word
    says is that weight and what the opinion lexicons say of it. It takes about a second.
    """
    scorer = Scorer(artifact)
    nothing, _ = scorer.explain("")
    weights = sorted(
        (TellingWord(ngram, scorer.explain(ngram)[0] - nothing) for ngram in artifact.ngrams if ngram.isalpha()),
        key=lambda one: (-one.weight, one.word),
    )
    positive = [one for one in weights[:MOST_SHOWN] if one.weight > 0]
    return positive, [one for one in weights[: -MOST_SHOWN - 1 : -1] if one.weight < 0]
