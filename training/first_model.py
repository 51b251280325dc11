"""May a first model be published? It need not beat another, only be worth serving at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.errors import PromotionRefusedError

if TYPE_CHECKING:
    from sentiment.evaluation import Evaluation

MIN_MACRO_F1 = 0.65
"""Well above a coin (0.5), below what plain TF-IDF reaches on reviews of sources it never saw (0.73)."""


def check_first_model(evaluation: Evaluation) -> None:
    """Refuse a model that may be no better than always answering the more frequent label.

    Raises:
        PromotionRefusedError: It is below the floor, or its interval reaches down to that baseline.
    """
    metrics = evaluation.metrics
    positive, negative = metrics.tp + metrics.fn, metrics.tn + metrics.fp
    # Of always answering one label: F1 is 2n / (2n + others) for it, 0 for the other; macro-F1 is their mean.
    majority, minority = max(positive, negative), min(positive, negative)
    baseline = majority / (2 * majority + minority)
    low, _ = evaluation.intervals["macro_f1"]
    if low <= baseline or metrics.macro_f1 < MIN_MACRO_F1:
        raise PromotionRefusedError(
            f"The first model is not fit to be served: macro-F1 {metrics.macro_f1:.3f} (95 % interval from "
            f"{low:.3f}) on {metrics.count:,} held-out reviews, where {MIN_MACRO_F1} is asked for, and an "
            f"interval above the majority label's {baseline:.3f}. It is registered but not promoted."
        )
