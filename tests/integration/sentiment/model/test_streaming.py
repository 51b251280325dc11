"""Training from disk is reproducible bit for bit, as good as training in memory, and says why it cannot train."""

from __future__ import annotations

import multiprocessing
import random
import resource
import sys
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from sentiment.evaluation.drift import stability_index
from sentiment.evaluation.metrics import measure
from sentiment.model.artifact import dump, load
from sentiment.model.errors import StreamingError, TooFewReviewsError
from sentiment.model.hyperparameters import Hyperparameters
from sentiment.model.reference import FEATURES, Reference
from sentiment.model.scorer import Scorer
from sentiment.model.streaming import training
from sentiment.model.streaming.training import train_streaming
from sentiment.model.training import train
from sentiment.reviews.example import Example, as_examples
from sentiment.reviews.held_out import PUBLIC
from sentiment.reviews.product import ProductStats
from sentiment.reviews.review import Label, Review
from sentiment.reviews.sample import load_sample

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sentiment.model.trained import TrainedModel

SETTINGS = Hyperparameters(stream_above=0)


@pytest.fixture(scope="module")
def sample() -> list[Review]:
    return load_sample()


@pytest.fixture(scope="module")
def streamed(sample: list[Review]) -> TrainedModel:
    return train(as_examples(sample), SETTINGS, dataset="sample", replayed=True)


def reviews_of(count: int, label: Label) -> Iterator[Example]:
    for number in range(count):
        text = f"{'great' if label == 'positive' else 'broken'} thing number {number}"
        yield Example(Review(f"{label}{number}", None, "", text, None, label, None, "made up"))


@pytest.mark.parametrize("above", [0, 50_000], ids=["from disk", "in memory"])
def test_reviews_like_those_trained_on_show_no_drift(sample: list[Review], above: int) -> None:
    shuffled = random.Random(2).sample(sample, len(sample))
    trained_on, new = shuffled[::3] + shuffled[1::3], shuffled[2::3]
    artifact = train(as_examples(trained_on), replace(SETTINGS, stream_above=above)).artifact
    scorer, reference = Scorer(artifact), Reference(artifact.reference)
    counts: dict[str, Counter[int]] = {feature: Counter() for feature in FEATURES}
    for review in new:
        found = scorer.predict(review.full_text)
        bins = reference.bins(found.probability, len(review.full_text), found.unknown)
        for feature, digit in zip(FEATURES, bins, strict=True):
            counts[feature][int(digit)] += 1
    for feature, counted in counts.items():
        shares = reference.shares[feature]
        assert stability_index(shares, [counted[digit] for digit in range(len(shares))]) < 0.1


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_the_number_of_workers_does_not_change_the_artifact(
    sample: list[Review], streamed: TrainedModel, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONHASHSEED", str(workers))
    again = train_streaming(as_examples(sample), SETTINGS, dataset="sample", replayed=True, workers=workers)
    assert dump(again.artifact) == dump(streamed.artifact)


def test_the_size_of_batches_changes_no_ngram(
    sample: list[Review], streamed: TrainedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "MAX_TEXTS", 100)
    more = train_streaming(as_examples(sample), SETTINGS, dataset="sample", replayed=True)
    assert more.artifact.ngrams.keys() == streamed.artifact.ngrams.keys()
    assert max(abs(more.artifact.ngrams[one] - streamed.artifact.ngrams[one]) for one in more.artifact.ngrams) < 0.01


def test_it_is_as_good_as_training_in_memory(sample: list[Review], streamed: TrainedModel) -> None:
    in_memory = train(as_examples(sample), Hyperparameters())
    held_out = [review for review in sample if PUBLIC.holds_out(review.text)]
    truth = np.array([review.label == "positive" for review in held_out])
    texts = [review.full_text for review in held_out]
    metrics = [measure(truth, model.pipeline.predict_proba(texts)[:, 1]) for model in (in_memory, streamed)]
    assert metrics[1].macro_f1 > metrics[0].macro_f1 - 0.015  # a standard error of 600 reviews
    assert metrics[1].calibration_error < metrics[0].calibration_error + 0.02


def test_the_artifact_serves_what_the_pipeline_says(sample: list[Review], streamed: TrainedModel) -> None:
    scorer = Scorer(load(dump(streamed.artifact)))
    texts = [review.full_text for review in sample[:200]]
    served = [scorer.probability(text) for text in texts]
    np.testing.assert_allclose(served, streamed.pipeline.predict_proba(texts)[:, 1], atol=1e-9)


def test_the_summary_is_that_of_training_in_memory(sample: list[Review]) -> None:
    in_order = sorted(sample, key=lambda review: review.review_id)
    from_disk = train(as_examples(in_order), SETTINGS, dataset="sample", replayed=True).artifact.training
    in_memory = train(as_examples(sample), Hyperparameters(), dataset="sample", replayed=True).artifact.training
    assert {name for name in in_memory if from_disk[name] != in_memory[name]} == {"hyperparameters", "trainer"}
    assert from_disk.keys() == in_memory.keys()


def test_the_artifact_says_which_trainer_made_it(sample: list[Review]) -> None:
    few_reviews = sample[::8]
    for above, trainer in ((len(few_reviews), "memory"), (len(few_reviews) - 1, "disk")):
        artifact = train(as_examples(few_reviews), Hyperparameters(stream_above=above)).artifact
        assert artifact.training["trainer"] == trainer
        assert ("reserved" in artifact.calibration) == (trainer == "disk")


def test_lighter_examples_count_less(sample: list[Review]) -> None:
    turned = [
        replace(review, label="negative" if review.label == "positive" else "positive", source="feedback")
        for review in sample[::2]
    ]
    light = [Example(review, 0.01) for review in turned]
    heavy = [Example(review, 1.0) for review in turned]
    good, poisoned = (train([*as_examples(sample), *more], SETTINGS).artifact for more in (light, heavy))
    assert good.values["vader_balance"] != poisoned.values["vader_balance"]
    assert sum(map(abs, good.ngrams.values())) > 1.5 * sum(map(abs, poisoned.ngrams.values()))
    assert good.training["feedback"]["share"] < 0.02


def test_products_are_learned_from_reserved_reviews(sample: list[Review]) -> None:
    praised, blamed = ProductStats(200, 4.9, 0.98), ProductStats(200, 1.2, 0.05)
    given = [Example(one, product=praised if one.label == "positive" else blamed) for one in sample]
    artifact = train(given, SETTINGS).artifact
    assert artifact.product["product_praise"] > 0.1
    assert artifact.product["product_blame"] < -0.1
    assert artifact.training["with_product"] == artifact.training["reviews"]


@pytest.mark.parametrize(("positive", "negative"), [(0, 0), (500, 0), (500, 9)])
def test_too_few_of_a_label_are_refused(positive: int, negative: int) -> None:
    with pytest.raises(TooFewReviewsError, match="10 reviews of each label"):
        train_streaming([*reviews_of(positive, "positive"), *reviews_of(negative, "negative")], SETTINGS)


def test_too_few_to_calibrate_with_are_refused() -> None:
    with pytest.raises(TooFewReviewsError, match="one review in twenty"):
        train_streaming([*reviews_of(1000, "positive"), *reviews_of(20, "negative")], SETTINGS)


def test_a_text_of_megabytes_is_one_review_among_others(sample: list[Review]) -> None:
    huge = replace(sample[0], text="good and bad, " * 300_000)
    assert train([*as_examples(sample), Example(huge)], SETTINGS).artifact.training["reviews"] > 5000


def test_a_full_disk_ends_training_with_what_to_do(sample: list[Review]) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    try:
        with pytest.raises(StreamingError, match=r"no space left in .* TMPDIR"):
            train_streaming(as_examples(sample), SETTINGS)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_an_error_of_the_source_is_raised_unchanged(sample: list[Review]) -> None:
    def source() -> Iterator[Example]:
        yield from as_examples(sample[:5000])
        raise ConnectionError("the lake is gone")

    with pytest.raises(ConnectionError, match="the lake is gone"):
        train_streaming(source(), SETTINGS)


def _train_in_a_daemon() -> None:
    daemon = multiprocessing.current_process().daemon
    trained = train(as_examples(load_sample()), SETTINGS).artifact.training["reviews"]
    sys.exit(0 if daemon and trained > 5000 else 1)


def test_it_trains_inside_a_daemonic_process() -> None:
    """As a task of Airflow can be one, which `multiprocessing` allows no children."""
    process = multiprocessing.get_context("spawn").Process(target=_train_in_a_daemon, daemon=True)
    process.start()
    process.join(60)
    assert process.exitcode == 0
