"""Training is reproducible bit for bit, never sees a held-out review, and says why it cannot train."""

import dataclasses
import random

import cloudpickle
import numpy as np
import pytest

from sentiment.model.artifact import dump
from sentiment.model.errors import TooFewReviewsError
from sentiment.model.hyperparameters import Hyperparameters
from sentiment.model.reference import FEATURES
from sentiment.model.trained import TrainedModel
from sentiment.model.training import train
from sentiment.reviews.example import Example, as_examples
from sentiment.reviews.held_out import PUBLIC
from sentiment.reviews.review import Label, Review
from sentiment.schemas.pointer import DataWindow


def test_the_same_reviews_give_the_same_artifact_bit_for_bit(
    few_reviews: list[Review], small_model: TrainedModel
) -> None:
    again = train(as_examples(few_reviews), Hyperparameters(folds=3))
    assert dump(again.artifact) == dump(small_model.artifact)


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_the_reviews_changes_nothing(
    few_reviews: list[Review], small_model: TrainedModel, seed: int
) -> None:
    shuffled = few_reviews.copy()
    random.Random(seed).shuffle(shuffled)
    assert shuffled != few_reviews
    assert dump(train(as_examples(shuffled), Hyperparameters(folds=3)).artifact) == dump(small_model.artifact)


def test_held_out_reviews_change_nothing_but_their_count(few_reviews: list[Review], small_model: TrainedModel) -> None:
    without = train(
        (Example(review) for review in few_reviews if not PUBLIC.holds_out(review.text)), Hyperparameters(folds=3)
    )
    assert without.artifact.ngrams == small_model.artifact.ngrams
    assert without.artifact.training["left_aside"] == {"held_out": 0, "no_label": 0}
    assert small_model.artifact.training["left_aside"]["held_out"] > 0


def test_reviews_without_a_label_are_left_aside_and_counted(
    few_reviews: list[Review], small_model: TrainedModel
) -> None:
    known = next(review for review in few_reviews if not PUBLIC.holds_out(review.text))
    neutral = dataclasses.replace(known, label=None, stars=3.0)
    model = train(as_examples([*few_reviews, neutral]), Hyperparameters(folds=3))
    assert model.artifact.ngrams == small_model.artifact.ngrams
    assert model.artifact.training["left_aside"]["no_label"] == 1


def test_the_summary_says_what_the_model_was_trained_on(few_reviews: list[Review], small_model: TrainedModel) -> None:
    summary = small_model.artifact.training
    trained_on = [review for review in few_reviews if not PUBLIC.holds_out(review.text)]
    assert summary["reviews"] == len(trained_on) == summary["positive"] + summary["negative"]
    assert sum(summary["sources"].values()) == len(trained_on)
    assert Hyperparameters.from_dict(summary["hyperparameters"]) == Hyperparameters(folds=3)
    window = DataWindow.model_validate(summary["window"])
    assert window.start
    assert window.end
    assert window.start < window.end
    assert not window.replayed


def test_replayed_times_are_marked_in_the_window(few_reviews: list[Review], small_model: TrainedModel) -> None:
    model = train(as_examples(few_reviews), Hyperparameters(folds=3), dataset="sample", replayed=True)
    assert DataWindow.model_validate(model.artifact.training["window"]).replayed
    assert model.artifact.training["dataset"] == "sample"
    assert model.artifact.ngrams == small_model.artifact.ngrams


def test_another_label_gives_another_data_hash(few_reviews: list[Review], small_model: TrainedModel) -> None:
    place = next(i for i, review in enumerate(few_reviews) if not PUBLIC.holds_out(review.text))
    turned = list(few_reviews)
    label: Label = "negative" if turned[place].label == "positive" else "positive"
    turned[place] = dataclasses.replace(turned[place], label=label)
    model = train(as_examples(turned), Hyperparameters(folds=3))
    assert model.artifact.training["data_sha256"] != small_model.artifact.training["data_sha256"]


def test_reference_histograms_hold_a_tenth_in_each_bin(small_model: TrainedModel) -> None:
    for histogram in (small_model.artifact.reference[feature] for feature in FEATURES):
        assert len(histogram["edges"]) == 9
        assert histogram["edges"] == sorted(histogram["edges"])
        assert histogram["shares"] == pytest.approx([0.1] * 10, abs=0.02)


def test_the_model_keeps_at_most_max_ngrams(few_reviews: list[Review]) -> None:
    model = train(as_examples(few_reviews), Hyperparameters(folds=2, max_ngrams=50))
    assert len(model.artifact.ngrams) == 50
    assert len(model.pipeline.named_steps["classifier"].coef_[0]) == 50 + len(model.artifact.values) + len(
        model.artifact.product
    )


def test_the_pipeline_survives_a_pickle(small_model: TrainedModel) -> None:
    texts = ["good", "bad"]
    again = cloudpickle.loads(cloudpickle.dumps(small_model.pipeline))
    assert np.array_equal(again.predict_proba(texts), small_model.pipeline.predict_proba(texts))
    assert list(again.classes_) == ["negative", "positive"]


@pytest.mark.parametrize("label", ["positive", "negative"])
def test_one_label_alone_trains_nothing(few_reviews: list[Review], label: str) -> None:
    with pytest.raises(TooFewReviewsError, match="10 reviews of each label"):
        train((Example(review) for review in few_reviews if review.label == label), Hyperparameters())


def test_no_reviews_train_nothing() -> None:
    with pytest.raises(TooFewReviewsError, match="0 positive, 0 negative"):
        train([], Hyperparameters())


def test_more_folds_than_reviews_are_refused(few_reviews: list[Review]) -> None:
    with pytest.raises(TooFewReviewsError, match="100000 reviews of each label"):
        train(as_examples(few_reviews), Hyperparameters(folds=100_000))
