"""A small model, trained once."""

import pytest

from sentiment.example import Example
from sentiment.hyperparameters import Hyperparameters
from sentiment.review import Review
from sentiment.sample import load_sample
from sentiment.training import TrainedModel, train


@pytest.fixture(scope="session")
def few_reviews() -> list[Review]:
    """Every eighth of the built-in reviews."""
    return load_sample()[::8]


@pytest.fixture(scope="session")
def small_model(few_reviews: list[Review]) -> TrainedModel:
    return train(map(Example, few_reviews), Hyperparameters(folds=3))
