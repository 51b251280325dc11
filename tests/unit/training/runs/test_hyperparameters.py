"""Cloned hyperparameters are all that a run recorded, or an error names what is wrong."""

from __future__ import annotations

import pytest

from sentiment.model.hyperparameters import Hyperparameters
from training.errors import HyperparametersError
from training.runs.recorder import hyperparameters_of

RECORDED = {name: str(value) for name, value in Hyperparameters(regularization_c=7.5, seed=3).to_dict().items()}


def test_they_are_what_the_run_recorded_beside_its_data() -> None:
    recorded = RECORDED | {"training_reviews": "4805", "held_out_sha256": "abc"}
    assert hyperparameters_of("run", recorded) == Hyperparameters(regularization_c=7.5, seed=3)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (
            {name: value for name, value in RECORDED.items() if name != "folds"},
            r"does not record the parameters folds\.",
        ),
        ({}, "does not record the parameters folds, max_ngrams"),
        (RECORDED | {"dropout": "0.1"}, r"unknown parameters: dropout\."),
        (RECORDED | {"folds": "five"}, "folds must be of type int"),
        (RECORDED | {"regularization_c": "-1"}, "regularization_c must be above 0"),
        (RECORDED | {"seed": ""}, "seed must be of type int"),
    ],
)
def test_nothing_is_guessed(params: dict[str, str], message: str) -> None:
    with pytest.raises(HyperparametersError, match=message) as refused:
        hyperparameters_of("run-7", params)
    assert "run-7" in str(refused.value)
    assert "\n" not in str(refused.value)
