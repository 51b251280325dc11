"""The model that ships: trained on the built-in sample, served from its artifact."""

import pytest

from sentiment.artifact import dump, load
from sentiment.example import Example
from sentiment.hyperparameters import Hyperparameters
from sentiment.sample import load_sample
from sentiment.scorer import Scorer
from sentiment.training import TrainedModel, train


@pytest.fixture(scope="session")
def model() -> TrainedModel:
    return train(map(Example, load_sample()), Hyperparameters())


@pytest.fixture(scope="session")
def scorer(model: TrainedModel) -> Scorer:
    return Scorer(load(dump(model.artifact)))
