"""Predictions survive their file, and the gate compares the models that there are."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from sentiment.reviews.example import Example
from sentiment.reviews.product import ProductStats
from sentiment.reviews.sample import load_sample
from tests.integration.training.versions import tiny_artifact
from training.errors import EvaluationError
from training.runs.scoring import ANCHOR, CANDIDATE, PRODUCTION, Predictions, apply_gate, headlines, score
from training.settings import Settings

if TYPE_CHECKING:
    from sentiment.reviews.review import Label

LABELS: list[Label] = ["positive", "negative"] * 300
SETTINGS = Settings(mlflow_tracking_uri="http://mlflow", artifacts_bucket="artifacts")


def predictions(**models: list[float]) -> Predictions:
    return Predictions(
        review_ids=[f"review-{row}" for row in range(len(LABELS))],
        labels=LABELS,
        sources=["shop/Garden"] * len(LABELS),
        products=[None, "B001"] * 300,
        probabilities=models,
        newer=[False] * len(LABELS),
    )


RIGHT = [0.9, 0.1] * 300
WRONG = [0.1, 0.9] * 300


def test_predictions_read_again_are_unchanged() -> None:
    made = predictions(candidate=RIGHT, production=WRONG, anchor=WRONG)
    assert Predictions.from_parquet(made.to_parquet()) == made


def test_a_damaged_file_of_predictions_is_an_error() -> None:
    whole = predictions(candidate=RIGHT).to_parquet()
    for damaged in (b"", b"PAR1", whole[:-20]):
        with pytest.raises(EvaluationError, match="cannot be read"):
            Predictions.from_parquet(damaged)


def test_without_production_the_gate_of_a_first_model_applies() -> None:
    assert apply_gate(predictions(candidate=RIGHT), SETTINGS, ()).first
    assert apply_gate(predictions(candidate=WRONG), SETTINGS, ()).outcome == "rejected"


def test_with_production_candidate_and_anchor_are_compared() -> None:
    better = apply_gate(predictions(candidate=RIGHT, production=WRONG, anchor=WRONG), SETTINGS, ())
    assert better.outcome == "improves"
    assert apply_gate(predictions(candidate=WRONG, production=RIGHT, anchor=RIGHT), SETTINGS, ()).outcome == "rejected"
    names = {rule.name for rule in better.rules}
    assert {"accuracy of source shop/Garden", "accuracy of product B001"} <= names


@pytest.mark.parametrize("odd", [float("nan"), 1.5, -0.1])
def test_an_invalid_probability_is_an_error_and_not_a_decision(odd: float) -> None:
    with pytest.raises(EvaluationError, match="outside 0 to 1"):
        apply_gate(predictions(candidate=[odd, *RIGHT[1:]], production=RIGHT, anchor=RIGHT), SETTINGS, ())


def test_production_without_an_anchor_is_an_error_and_not_a_decision() -> None:
    with pytest.raises(EvaluationError, match="The gate cannot be applied"):
        apply_gate(predictions(candidate=RIGHT, production=RIGHT), SETTINGS, ())


def test_every_model_scores_every_labelled_review_as_serving_does() -> None:
    reviews = load_sample()[:50]
    examples = [Example(review, product=ProductStats(30, 4.5, 0.9)) for review in reviews]
    examples.append(Example(replace(reviews[0], label=None)))
    data = tiny_artifact("great")
    found = score(examples, {name: (data, sha256(data).hexdigest()) for name in (CANDIDATE, PRODUCTION, ANCHOR)})
    assert len(found.labels) == 50
    assert found.probabilities[CANDIDATE] == found.probabilities[ANCHOR]
    assert headlines(found)[CANDIDATE] == headlines(found)[PRODUCTION]


def test_a_model_that_does_not_load_is_named() -> None:
    data = tiny_artifact("great")
    with pytest.raises(EvaluationError, match="The production model cannot be scored"):
        score([], {CANDIDATE: (data, sha256(data).hexdigest()), PRODUCTION: (data, "0" * 64)})
