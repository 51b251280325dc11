"""A small model, trained once."""

import pytest

from sentiment.model.hyperparameters import Hyperparameters
from sentiment.model.trained import TrainedModel
from sentiment.model.training import train
from sentiment.reviews.example import as_examples
from sentiment.reviews.review import Review
from sentiment.reviews.sample import load_sample


@pytest.fixture(scope="session")
def few_reviews() -> list[Review]:
    """Every eighth of the built-in reviews."""
    return load_sample()[::8]


@pytest.fixture(scope="session")
def small_model(few_reviews: list[Review]) -> TrainedModel:
    return train(as_examples(few_reviews), Hyperparameters(folds=3))
