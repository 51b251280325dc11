"""Each plot of a run can be drawn and read on its own, for any model."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest

from sentiment.evaluation.metrics import evaluate
from training.runs import plots

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sentiment.reviews.review import Label


def texts_of(figure: Figure) -> str:
    """Everything written in a figure, after drawing it."""
    figure.savefig(io.BytesIO(), format="png")
    axes = figure.axes[0]
    legend = axes.get_legend()
    parts = [axes.get_title(), axes.get_xlabel(), axes.get_ylabel()]
    parts += [text.get_text() for text in axes.texts]
    parts += [label.get_text() for label in (*axes.get_xticklabels(), *axes.get_yticklabels())]
    parts += [text.get_text() for text in legend.get_texts()] if legend else []
    return "\n".join(parts)


def test_the_confusion_matrix_counts_each_cell() -> None:
    labels: list[Label] = ["positive"] * 5
    labels += ["negative"] * 3
    evaluation = evaluate(labels, [0.9, 0.9, 0.9, 0.9, 0.1, 0.1, 0.1, 0.9], resamples=0)
    text = texts_of(plots.confusion_matrix(evaluation.metrics))
    assert "4\n80% of the row" in text
    assert "1\n33% of the row" in text
    assert "predicted" in text


def test_a_matrix_without_one_label_can_be_drawn() -> None:
    evaluation = evaluate(["positive"] * 3, [0.9, 0.9, 0.1], resamples=0)
    assert "0\n0% of the row" in texts_of(plots.confusion_matrix(evaluation.metrics))


def test_calibration_leaves_out_shares_of_too_few_reviews() -> None:
    truth = np.array([True] * 90 + [False] * 10 + [True] * 2)
    probabilities = np.array([0.95] * 100 + [0.05] * 2)
    text = texts_of(plots.calibration(truth, probabilities, 0.123))
    assert "calibration error 12.3%" in text
    assert "100" in text.splitlines()
    assert "2" not in text.splitlines()


@pytest.mark.parametrize("probability", [0.0, 0.5, 1.0])
def test_a_model_with_a_constant_prediction_can_be_drawn(probability: float) -> None:
    truth = np.array([True, False] * 20)
    probabilities = np.full(40, probability)
    assert "precision" in texts_of(plots.precision_recall(truth, probabilities))
    assert "positive" in texts_of(plots.calibration(truth, probabilities, 0.0))


def test_informative_words_are_drawn_as_they_are_written() -> None:
    ngrams = ["$good$", "~good", "naïve", "with\tcontrol\x07", "很好"]
    text = texts_of(plots.telling_words(ngrams, np.array([0.5, -0.4, 0.1, -0.1, 0.2])))
    assert "good (negated)" in text
    assert r"\$good\$" in text
    assert "with[9]control[7]" in text
    assert "[5F88][597D]" in text
    assert text.count("naïve") == 1
