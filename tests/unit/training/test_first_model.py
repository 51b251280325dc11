"""A first model is published only where it is worth being served."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from sentiment.evaluation import Evaluation, evaluate
from training.errors import PromotionRefusedError
from training.first_model import check_first_model

if TYPE_CHECKING:
    from sentiment.review import Label


def judged(accuracy: float, *, positive: int = 300, negative: int = 100) -> Evaluation:
    """An evaluation of a model that is right about this share of either label."""
    random = np.random.default_rng(0)
    truth = np.array([True] * positive + [False] * negative)
    predicted = np.where(random.random(len(truth)) < accuracy, truth, ~truth)
    labels: list[Label] = ["positive" if label else "negative" for label in truth]
    return evaluate(labels, predicted.astype(float).tolist())


def test_a_good_model_may_be_published() -> None:
    check_first_model(judged(0.9))


def test_a_coin_may_not() -> None:
    with pytest.raises(PromotionRefusedError, match="not fit to be served"):
        check_first_model(judged(0.5))


def test_always_answering_the_frequent_label_may_not_however_accurate_that_is() -> None:
    truth: list[Label] = ["positive"] * 980
    truth += ["negative"] * 20
    evaluation = evaluate(truth, [1.0] * 1000)
    assert evaluation.metrics.accuracy == 0.98
    with pytest.raises(PromotionRefusedError):
        check_first_model(evaluation)


def test_a_model_that_is_good_by_luck_on_few_reviews_may_not() -> None:
    truth: list[Label] = ["positive"] * 4
    truth += ["negative"] * 2
    evaluation = evaluate(truth, [0.9, 0.9, 0.9, 0.1, 0.1, 0.1])
    assert evaluation.metrics.macro_f1 > 0.8
    with pytest.raises(PromotionRefusedError, match=r"interval from 0\."):
        check_first_model(evaluation)
