"""A review counts by its weight in every step of training and in the summary."""

import dataclasses

import pytest

from sentiment.model.artifact import dump
from sentiment.model.hyperparameters import Hyperparameters
from sentiment.model.scorer import Scorer
from sentiment.model.trained import TrainedModel
from sentiment.model.training import train
from sentiment.reviews.example import FEEDBACK_SOURCE, Example, as_examples
from sentiment.reviews.product import ProductStats
from sentiment.reviews.review import Label, Review

FOLDS = Hyperparameters(folds=3)
STATS = ProductStats(12, 4.5, 0.75)


def feedback(count: int, text: str, label: Label) -> list[Review]:
    return [Review(f"{number:032x}", None, "", text, None, label, None, FEEDBACK_SOURCE) for number in range(count)]


def trained(few_reviews: list[Review], *more: Example) -> TrainedModel:
    return train([*as_examples(few_reviews), *more], FOLDS)


def test_reviews_of_weight_zero_are_not_trained_on(few_reviews: list[Review], small_model: TrainedModel) -> None:
    model = trained(few_reviews, *(Example(review, 0.0) for review in feedback(50, "a great zorble", "negative")))
    assert model.artifact.training["left_aside"] == small_model.artifact.training["left_aside"] | {"no_weight": 50}
    for name in ("reviews", "data_sha256", "weight", "feedback"):
        assert model.artifact.training[name] == small_model.artifact.training[name]
    assert dump(model.artifact._replace(training={})) == dump(small_model.artifact._replace(training={}))


def test_a_lighter_review_teaches_less(few_reviews: list[Review], small_model: TrainedModel) -> None:
    lies = feedback(60, "a great zorble", "negative")
    light, heavy = (trained(few_reviews, *(Example(lie, weight) for lie in lies)) for weight in (0.1, 1.0))
    without, little, much = (
        Scorer(model.artifact).probability("a great zorble") for model in (small_model, light, heavy)
    )
    assert much < little < without


@pytest.mark.parametrize(("count", "known"), [(3, False), (4, True)])
def test_an_ngram_needs_enough_weight_to_be_learned(few_reviews: list[Review], count: int, *, known: bool) -> None:
    model = trained(few_reviews, *(Example(review, 0.5) for review in feedback(count, "zorble", "negative")))
    assert FOLDS.min_reviews == 2
    assert ("zorble" in model.artifact.ngrams) is known


def test_labels_are_balanced_by_weight_not_by_number(few_reviews: list[Review], small_model: TrainedModel) -> None:
    """A flood of weightless labels of one kind does not make the other one rare."""
    flood = [Example(review, 1e-6) for review in feedback(600, "", "positive")]
    model = trained(few_reviews, *flood)
    for text in ("It is great.", "It broke.", "It has two pockets."):
        alone, flooded = (Scorer(one.artifact).probability(text) for one in (small_model, model))
        assert flooded == pytest.approx(alone, abs=0.03)


def test_the_summary_says_how_much_is_feedback(few_reviews: list[Review]) -> None:
    model = trained(few_reviews, *(Example(review, 0.5) for review in feedback(40, "zorble", "negative")))
    summary = model.artifact.training
    starred = summary["reviews"] - 40
    assert summary["weight"] == pytest.approx(starred + 20)
    assert summary["feedback"] == {"reviews": 40, "share": pytest.approx(20 / (starred + 20), abs=1e-6)}
    assert summary["sources"][FEEDBACK_SOURCE] == 40


@pytest.mark.parametrize("change", [{"weight": 0.5}, {"product": STATS}], ids=["weight", "product"])
def test_another_weight_or_product_gives_another_data_hash(
    few_reviews: list[Review], small_model: TrainedModel, change: dict[str, float | ProductStats]
) -> None:
    examples = list(as_examples(few_reviews))
    place = next(i for i, example in enumerate(examples) if not example.held_out)
    examples[place] = dataclasses.replace(examples[place], **change)  # type: ignore[arg-type] # either field
    model = train(examples, FOLDS)
    assert model.artifact.training["data_sha256"] != small_model.artifact.training["data_sha256"]
    assert model.artifact.training["with_product"] == ("product" in change)


def test_the_order_of_examples_changes_nothing(few_reviews: list[Review]) -> None:
    examples = [
        Example(review, 0.25 + 0.75 * (number % 2), STATS if number % 3 else None)
        for number, review in enumerate(few_reviews)
    ]
    assert dump(train(examples, FOLDS).artifact) == dump(train(reversed(examples), FOLDS).artifact)


@pytest.mark.parametrize("weight", [-0.1, 1.1, float("nan"), float("inf")])
def test_a_weight_outside_0_to_1_is_refused(few_reviews: list[Review], weight: float) -> None:
    with pytest.raises(ValueError, match="weight must be between 0 and 1"):
        Example(few_reviews[0], weight)
