"""A change of the predictions is split into parts that add up to it, with its cause first."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from monitoring.why.split import NothingToCompareError, Predicted, split
from sentiment.model.hyperparameters import Hyperparameters
from sentiment.model.scorer import Scorer
from sentiment.model.training import train
from sentiment.reviews.example import as_examples
from sentiment.reviews.product import ProductStats
from sentiment.reviews.sample import load_sample

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sentiment.reviews.review import Review

PRODUCTS = ("watch", "bag", "lamp")
PRAISED = ProductStats(reviews=200, mean_stars=5.0, positive_share=1.0)


@pytest.fixture(scope="module")
def reviews() -> list[Review]:
    found = load_sample()
    random.Random(0).shuffle(found)
    return found


@pytest.fixture(scope="module")
def scorer_of(reviews: list[Review]) -> Callable[[str], Scorer]:
    examples = [as_examples(reviews[number::2]) for number in (0, 1)]
    scorers = {str(number): Scorer(train(part, Hyperparameters()).artifact) for number, part in enumerate(examples)}
    return scorers.__getitem__


def predicted(
    scorer_of: Callable[[str], Scorer],
    texts: Sequence[str],
    *,
    version: str = "0",
    product: ProductStats | None = None,
    products: Sequence[str | None] = PRODUCTS,
) -> list[Predicted]:
    return [
        Predicted(
            text, products[number % len(products)], round(scorer_of(version).probability(text, product), 9), version
        )
        for number, text in enumerate(texts)
    ]


def test_a_planted_complaint_comes_first(reviews: list[Review], scorer_of: Callable[[str], Scorer]) -> None:
    texts = [review.full_text for review in reviews]
    before, after = texts[:1800], texts[1800:3600]
    after[0::30] = [f"{text} The strap broke." for text in after[0::30]]  # a tenth of the first product's

    found = split(predicted(scorer_of, before), predicted(scorer_of, after), scorer_of)

    assert (found.parts[0].kind, found.parts[0].name, found.parts[0].product) == ("words", "broke", "watch")
    assert "strap broke" in found.parts[0].example
    assert found.parts[0].change < 0


def test_the_parts_add_up_to_the_change(reviews: list[Review], scorer_of: Callable[[str], Scorer]) -> None:
    texts = [review.full_text for review in reviews]
    before = [
        *predicted(scorer_of, texts[:300]),
        *predicted(scorer_of, texts[300:320], version="1", products=["kettle", None]),
    ]
    after = [
        *predicted(scorer_of, texts[320:500], version="1", product=PRAISED, products=["watch", "lamp", "lamp"]),
        *predicted(scorer_of, texts[500:600], products=[None]),
    ]

    found = split(before, after, scorer_of)

    assert sum(part.change for part in found.parts) == pytest.approx(found.after - found.before, abs=1e-9)
    assert {part.kind for part in found.parts} == {"words", "mix", "product statistics", "model", "together"}
    assert all(part.example for part in found.parts)


def test_a_probability_of_one_or_zero_is_no_error(scorer_of: Callable[[str], Scorer]) -> None:
    sure = [Predicted("great", None, 1.0, "0"), Predicted("awful", None, 0.0, "0")]
    found = split(sure, sure[:1], scorer_of)
    assert sum(part.change for part in found.parts) == pytest.approx(found.after - found.before, abs=1e-9)


def test_nothing_to_compare_with_is_said(scorer_of: Callable[[str], Scorer]) -> None:
    with pytest.raises(NothingToCompareError, match="0 predictions before and 1 after"):
        split([], [Predicted("great", None, 0.9, "0")], scorer_of)
