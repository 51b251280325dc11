"""The contents of the page: slices and flipped examples, from the models' predictions."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sentiment.evaluation.metrics import THRESHOLD, measure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from training.runs.scoring import Predictions

LEAST_SLICE = 10
"""Held-out reviews that a slice needs; the accuracy of a smaller one says nothing."""

MOST_SLICES = 30
MOST_FLIPS = 15
SHOWN_LENGTH = 400
_Z = 1.96


@dataclass(frozen=True, slots=True)
class Slice:
    """One part of the held-out reviews, as both models predict it.

    Attributes:
        name: The source, category or product.
        count: Held-out reviews in it.
        candidate: Accuracy of the candidate.
        production: Accuracy of production; None if there is none.
        interval: 95 % interval of their difference.
        macro_f1: Macro-F1 of the candidate.
    """

    name: str
    count: int
    candidate: float
    production: float | None
    interval: tuple[float, float] | None
    macro_f1: float

    @property
    def change(self) -> float | None:
        """Candidate minus production."""
        return None if self.production is None else self.candidate - self.production


@dataclass(frozen=True, slots=True)
class Flip:
    """A held-out review that the models label differently; probabilities are of positive."""

    text: str
    shortened: bool
    source: str
    truth: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Flips:
    """The reviews that the models label differently: all are counted, the clearest are shown."""

    fixed: Sequence[Flip]
    broken: Sequence[Flip]
    fixed_count: int
    broken_count: int


def slices_of(
    names: Sequence[str],
    positive: NDArray[np.bool_],
    candidate: NDArray[np.float64],
    production: NDArray[np.float64] | None,
) -> list[Slice]:
    """Return the slices with enough reviews, the largest first.

    Args:
        names: The slice of each review, n of them.
        positive: Whether each review is positive, shape (n,).
        candidate: The candidate's probabilities of positive, shape (n,).
        production: Production's, shape (n,).
    """
    found: list[Slice] = []
    for name, count in Counter(names).most_common():
        if count < LEAST_SLICE or len(found) == MOST_SLICES:
            break
        rows = np.array([one == name for one in names])
        now = (candidate[rows] > THRESHOLD) == positive[rows]
        then = None if production is None else (production[rows] > THRESHOLD) == positive[rows]
        found.append(
            Slice(
                name=name,
                count=count,
                candidate=float(now.mean()),
                production=None if then is None else float(then.mean()),
                interval=None if then is None else _paired(now, then),
                macro_f1=measure(positive[rows], candidate[rows]).macro_f1,
            )
        )
    return found


def category_of(source: str) -> str:
    """Return the product category in a source's name: `All Beauty` for `amazon_2023/All_Beauty`."""
    _, slash, category = source.partition("/")
    return category.replace("_", " ") if slash else "not known"


def flips_of(
    predictions: Predictions, candidate: Sequence[float], production: Sequence[float], texts: Mapping[str, str]
) -> Flips:
    """Return the reviews that the models label differently, the largest change of probability first.

    Args:
        predictions: Ids, labels and sources of the held-out reviews, n of them.
        candidate: The candidate's probabilities of positive, n of them.
        production: Production's, n of them.
        texts: By review id.
    """
    fixed: list[Flip] = []
    broken: list[Flip] = []
    rows = zip(predictions.review_ids, predictions.labels, predictions.sources, production, candidate, strict=True)
    for review_id, truth, source, before, after in rows:
        if (before > THRESHOLD) == (after > THRESHOLD):
            continue
        text = " ".join(texts[review_id].split())
        flip = Flip(text[:SHOWN_LENGTH], len(text) > SHOWN_LENGTH, source, truth, before, after)
        (fixed if (after > THRESHOLD) == (truth == "positive") else broken).append(flip)
    return Flips(
        fixed=_clearest(fixed),
        broken=_clearest(broken),
        fixed_count=len(fixed),
        broken_count=len(broken),
    )


def _clearest(flips: list[Flip]) -> list[Flip]:
    """Return the flips whose probability changed most."""
    return sorted(flips, key=lambda flip: (-abs(flip.after - flip.before), flip.text))[:MOST_FLIPS]


def _paired(now: NDArray[np.bool_], then: NDArray[np.bool_]) -> tuple[float, float]:
    """Return the 95 % interval of the difference of two shares of the same reviews (Wald, for paired data)."""
    differences = now.astype(float) - then.astype(float)
    half = _Z * float(differences.std(ddof=1)) / math.sqrt(len(differences))
    mean = float(differences.mean())
    return mean - half, mean + half
