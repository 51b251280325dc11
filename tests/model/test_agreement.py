"""Serving agrees with scikit-learn, and the artifact stays small and quick."""

import time

import numpy as np

from bench.model.data import every_text
from sentiment.model.artifact import dump, load
from sentiment.model.scorer import Scorer
from sentiment.model.trained import TrainedModel
from sentiment.reviews.sample import load_sample
from tests import needs


def assert_agreement(model: TrainedModel, scorer: Scorer, texts: list[str]) -> None:
    expected = model.pipeline.predict_proba(texts)[:, 1]
    predictions = [scorer.predict(text) for text in texts]
    assert np.abs(expected - [prediction.probability for prediction in predictions]).max() < 1e-6
    assert list(model.pipeline.predict(texts)) == [prediction.label for prediction in predictions]


def test_serving_agrees_with_scikit_learn_on_every_built_in_review(model: TrainedModel, scorer: Scorer) -> None:
    assert_agreement(model, scorer, [review.full_text for review in load_sample()])


def test_serving_agrees_with_scikit_learn_on_reviews_of_other_sets(model: TrainedModel, scorer: Scorer) -> None:
    assert_agreement(model, scorer, list(every_text(needs.published_reviews()))[::10])  # `make bench` takes every one


def test_the_artifact_is_below_a_megabyte_and_loads_in_a_tenth_of_a_second(model: TrainedModel) -> None:
    data = dump(model.artifact)
    assert len(data) < 1_000_000
    times = []
    for _ in range(5):
        started = time.process_time()
        Scorer(load(data))
        times.append(time.process_time() - started)
    assert min(times) < 0.1
