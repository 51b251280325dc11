"""Product statistics: neutral if unknown, never against their praise, never above a clear text."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from sentiment.model.artifact import dump, load
from sentiment.model.hyperparameters import Hyperparameters
from sentiment.model.scorer import Scorer
from sentiment.model.training import train
from sentiment.reviews.product import MAX_MOVE, WEIGHT_LIMITS, ProductStats
from tests.model.products import examples_with_products

if TYPE_CHECKING:
    from sentiment.model.trained import TrainedModel

TEXTS = ["It has two pockets.", "I love it, great quality!", "It broke after a day. Terrible.", "", "好", "It is fine."]
BELOVED, HATED = ProductStats(10**9, 5.0, 1.0), ProductStats(10**9, 1.0, 0.0)


@pytest.fixture(scope="module")
def model() -> TrainedModel:
    return train(examples_with_products(), Hyperparameters())


@pytest.fixture(scope="module")
def scorer(model: TrainedModel) -> Scorer:
    return Scorer(load(dump(model.artifact)))


def test_products_are_learned_from_within_their_limits(model: TrainedModel) -> None:
    assert model.artifact.training["with_product"] > 2_000
    assert any(model.artifact.product.values())
    for name, (low, high) in WEIGHT_LIMITS.items():
        assert low <= model.artifact.product[name] <= high


@pytest.mark.parametrize("text", TEXTS)
def test_an_unknown_product_changes_nothing(scorer: Scorer, text: str) -> None:
    assert scorer.predict(text, None) == scorer.predict(text) == scorer.predict(text, ProductStats(0, None, 0.0))


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("reviews", [1, 10, 10_000])
def test_a_better_loved_product_never_lowers_the_probability(scorer: Scorer, text: str, reviews: int) -> None:
    by_share = [scorer.probability(text, ProductStats(reviews, 3.0, share / 20)) for share in range(21)]
    by_stars = [scorer.probability(text, ProductStats(reviews, 1 + stars / 5, 0.5)) for stars in range(21)]
    for chances in (by_share, by_stars):
        assert all(worse <= better for worse, better in pairwise(chances))
    assert by_share[0] < by_share[-1]


@pytest.mark.parametrize("text", TEXTS)
def test_one_more_review_of_praise_never_lowers_the_probability(scorer: Scorer, text: str) -> None:
    """From a product that everybody hated to one that almost everybody loves."""
    blame = 20
    chances = []
    for praise in range(0, 400, 7):
        reviews = praise + blame
        chances.append(
            scorer.probability(text, ProductStats(reviews, (5 * praise + blame) / reviews, praise / reviews))
        )
    assert all(worse <= better for worse, better in pairwise(chances))


def test_no_number_of_reviews_overturns_a_clearly_worded_one(scorer: Scorer) -> None:
    texts = {example.review.full_text for example in examples_with_products()}
    clear = 1 / (1 + np.exp(-MAX_MOVE))
    overturned, asked = [], 0
    for text in texts:
        alone = scorer.predict(text)
        if max(alone.probability, 1 - alone.probability) > clear:
            asked += 1
            overturned += [text for stats in (BELOVED, HATED) if scorer.predict(text, stats).label != alone.label]
    assert asked > 0.6 * len(texts)
    assert overturned == []


def test_the_words_that_decided_stay_words(scorer: Scorer) -> None:
    for text in TEXTS:
        assert scorer.predict(text, BELOVED).words == scorer.predict(text, HATED).words == scorer.predict(text).words


def test_serving_agrees_with_scikit_learn_on_reviews_with_products(model: TrainedModel, scorer: Scorer) -> None:
    pairs = [(example.review.full_text, example.product) for example in examples_with_products()]
    expected = model.pipeline.predict_proba(pairs)[:, 1]
    predictions = [scorer.predict(text, product) for text, product in pairs]
    assert np.abs(expected - [prediction.probability for prediction in predictions]).max() < 1e-6
    assert list(model.pipeline.predict(pairs)) == [prediction.label for prediction in predictions]


def test_products_do_not_change_the_weights_of_words(model: TrainedModel) -> None:
    """Product weights are fitted after the words', which only the calibration scales."""
    without = train(
        (replace(example, product=None) for example in examples_with_products()), Hyperparameters()
    ).artifact
    slopes = model.artifact.calibration["slope"], without.calibration["slope"]
    for ngram, weight in without.ngrams.items():
        if abs(weight) > 0.5 and ngram in model.artifact.ngrams:
            assert model.artifact.ngrams[ngram] == pytest.approx(weight * slopes[0] / slopes[1], abs=0.002)
