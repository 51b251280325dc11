"""Metrics agree with scikit-learn, intervals are seeded, and invalid input is refused."""

import numpy as np
import pytest
from sklearn import metrics as reference

from sentiment.evaluation.metrics import evaluate
from sentiment.reviews.review import Label


@pytest.fixture(scope="module")
def predictions() -> tuple[list[Label], list[float]]:
    random = np.random.default_rng(7)
    probabilities = random.random(500)
    truth = random.random(500) < probabilities
    return ["positive" if is_positive else "negative" for is_positive in truth], probabilities.tolist()


def test_metrics_are_those_of_scikit_learn(predictions: tuple[list[Label], list[float]]) -> None:
    labels, probabilities = predictions
    predicted = ["positive" if probability > 0.5 else "negative" for probability in probabilities]
    found = evaluate(labels, probabilities, resamples=0).metrics
    assert found.accuracy == pytest.approx(reference.accuracy_score(labels, predicted))
    assert found.precision == pytest.approx(reference.precision_score(labels, predicted, pos_label="positive"))
    assert found.recall == pytest.approx(reference.recall_score(labels, predicted, pos_label="positive"))
    assert found.f1 == pytest.approx(reference.f1_score(labels, predicted, pos_label="positive"))
    assert found.macro_f1 == pytest.approx(reference.f1_score(labels, predicted, average="macro"))
    cells = reference.confusion_matrix(labels, predicted, labels=["negative", "positive"]).ravel()
    assert [found.tn, found.fp, found.fn, found.tp] == cells.tolist()


def test_calibration_error_is_the_mean_gap_by_hand() -> None:
    # Two bins: three texts at 0.9 of which two are positive, one at 0.1 that is negative.
    labels: list[Label] = ["positive", "positive", "negative", "negative"]
    error = evaluate(labels, [0.9, 0.9, 0.9, 0.1]).metrics.calibration_error
    assert error == pytest.approx((abs(2.7 - 2) + abs(0.1 - 0)) / 4)


def test_well_calibrated_probabilities_have_a_small_error() -> None:
    random = np.random.default_rng(0)
    probabilities = random.random(20_000)
    labels: list[Label] = ["positive" if hit else "negative" for hit in random.random(20_000) < probabilities]
    assert evaluate(labels, probabilities.tolist(), resamples=0).metrics.calibration_error < 0.015
    shifted = np.clip(probabilities + 0.1, 0, 1)
    assert evaluate(labels, shifted.tolist(), resamples=0).metrics.calibration_error > 0.08


def test_intervals_hold_the_value_and_repeat_with_their_seed(predictions: tuple[list[Label], list[float]]) -> None:
    labels, probabilities = predictions
    first = evaluate(labels, probabilities)
    low, high = first.intervals["macro_f1"]
    assert low < first.metrics.macro_f1 < high
    assert 0.03 < high - low < 0.15
    assert evaluate(labels, probabilities) == first
    assert evaluate(labels, probabilities, seed=1).intervals != first.intervals


def test_every_metric_of_the_whole_and_of_each_slice_has_an_interval(
    predictions: tuple[list[Label], list[float]],
) -> None:
    labels, probabilities = predictions
    names = ["food" if i % 3 else "books" for i in range(len(labels))]
    evaluation = evaluate(labels, probabilities, slices=names)
    parts = {"": (evaluation.metrics, evaluation.intervals)}
    parts |= {name: (evaluation.slices[name], evaluation.slice_intervals[name]) for name in ("books", "food")}
    for measured, intervals in parts.values():
        assert set(intervals) == {"accuracy", "precision", "recall", "f1", "macro_f1", "calibration_error"}
        for name, (low, high) in intervals.items():
            assert low <= getattr(measured, name) <= high
    widths = {name: intervals["accuracy"][1] - intervals["accuracy"][0] for name, (_, intervals) in parts.items()}
    assert widths["books"] > widths[""]


def test_the_interval_of_a_calibration_error_makes_up_for_what_noise_adds() -> None:
    random = np.random.default_rng(1)
    probabilities = random.random(300)  # exactly right: all that is measured is noise
    labels: list[Label] = ["positive" if hit else "negative" for hit in random.random(300) < probabilities]
    evaluation = evaluate(labels, probabilities.tolist())
    low, high = evaluation.intervals["calibration_error"]
    assert 0 <= low < 0.03
    assert evaluation.metrics.calibration_error <= high < 2 * evaluation.metrics.calibration_error
    wrong = evaluate(labels, np.clip(probabilities + 0.3, 0, 1).tolist())
    assert wrong.intervals["calibration_error"][0] > 0.1


def test_slices_are_measured_apart_and_add_up(predictions: tuple[list[Label], list[float]]) -> None:
    labels, probabilities = predictions
    names = ["food" if i % 3 else "books" for i in range(len(labels))]
    evaluation = evaluate(labels, probabilities, slices=names)
    assert set(evaluation.slices) == {"books", "food"}
    assert sum(part.tp for part in evaluation.slices.values()) == evaluation.metrics.tp
    assert sum(part.count for part in evaluation.slices.values()) == evaluation.metrics.count


def test_one_half_is_not_positive_as_in_serving() -> None:
    assert evaluate(["negative"], [0.5]).metrics.tn == 1


def test_a_metric_without_a_denominator_is_zero() -> None:
    found = evaluate(["negative", "negative"], [0.1, 0.2]).metrics
    assert (found.precision, found.recall, found.f1) == (0.0, 0.0, 0.0)
    assert found.accuracy == 1.0


@pytest.mark.parametrize(
    ("labels", "probabilities", "slices"),
    [
        ([], [], None),
        (["positive"], [], None),
        (["positive"], [0.5], []),
        (["good"], [0.5], None),
        (["positive"], [1.5], None),
        (["positive"], [-0.1], None),
        (["positive"], [float("nan")], None),
    ],
)
def test_invalid_input_is_refused(labels: list[Label], probabilities: list[float], slices: list[str] | None) -> None:
    with pytest.raises(ValueError, match=r"nothing|differ|neither|outside"):
        evaluate(labels, probabilities, slices=slices)
