"""Hyperparameters survive MLflow, and invalid ones are refused."""

import dataclasses
from typing import Any

import pytest

from sentiment.model.hyperparameters import Hyperparameters


def test_they_come_back_from_text() -> None:
    chosen = Hyperparameters(regularization_c=2.5, max_ngrams=100, seed=7)
    assert Hyperparameters.from_dict({name: str(value) for name, value in chosen.to_dict().items()}) == chosen


def test_they_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Hyperparameters().seed = 1  # type: ignore[misc]  # that is what this test is about


@pytest.mark.parametrize(
    "wrong",
    [
        {"regularization_c": 0.0},
        {"regularization_c": -1.0},
        {"regularization_c": float("nan")},
        {"regularization_c": float("inf")},
        {"min_reviews": 0},
        {"max_ngrams": 0},
        {"folds": 1},
        {"seed": -1},
        {"seed": 2**32},
    ],
)
def test_an_unusable_value_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Hyperparameters(**wrong)


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(ValueError, match="learning_rate"):
        Hyperparameters.from_dict({"learning_rate": 1})


def test_a_value_of_another_type_is_refused() -> None:
    with pytest.raises(ValueError, match="folds"):
        Hyperparameters.from_dict({"folds": "five"})
