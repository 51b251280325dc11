"""Accuracy, precision, recall and F1 of counts are scikit-learn's, and their intervals Wilson's."""

from __future__ import annotations

import pytest
from scipy.stats import binomtest
from sklearn import metrics

from sentiment.evaluation.live_quality import Cells, wilson

CELLS = Cells(tp=70, fp=10, tn=15, fn=5)


def test_the_values_are_those_of_scikit_learn() -> None:
    labels = [1] * CELLS.tp + [0] * CELLS.fp + [0] * CELLS.tn + [1] * CELLS.fn
    predicted = [1] * CELLS.tp + [1] * CELLS.fp + [0] * CELLS.tn + [0] * CELLS.fn
    expected = {
        "accuracy": metrics.accuracy_score(labels, predicted),
        "precision": metrics.precision_score(labels, predicted),
        "recall": metrics.recall_score(labels, predicted),
        "f1": metrics.f1_score(labels, predicted),
    }
    for name, value in expected.items():
        found = getattr(CELLS, name)()
        assert found.value == pytest.approx(value)
        assert 0 <= found.lower < found.value < found.upper <= 1


@pytest.mark.parametrize(("successes", "trials"), [(90, 100), (0, 10), (10, 10), (1, 3)])
def test_the_interval_is_wilsons(successes: int, trials: int) -> None:
    expected = binomtest(successes, trials).proportion_ci(method="wilson")
    assert wilson(successes, trials) == pytest.approx((successes / trials, expected.low, expected.high))


def test_nothing_is_said_without_what_it_would_rest_on() -> None:
    assert Cells().accuracy() is None
    assert Cells(tn=5, fn=2).precision() is None
    assert Cells(tn=5).f1() is None
