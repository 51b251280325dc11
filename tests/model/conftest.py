"""The model that ships: trained on the built-in sample, served from its artifact."""

import pytest

from sentiment.model.artifact import dump, load
from sentiment.model.hyperparameters import Hyperparameters
from sentiment.model.scorer import Scorer
from sentiment.model.trained import TrainedModel
from sentiment.model.training import train
from sentiment.reviews.example import as_examples
from sentiment.reviews.sample import load_sample


@pytest.fixture(scope="session")
def model() -> TrainedModel:
    return train(as_examples(load_sample()), Hyperparameters())


@pytest.fixture(scope="session")
def scorer(model: TrainedModel) -> Scorer:
    return Scorer(load(dump(model.artifact)))
