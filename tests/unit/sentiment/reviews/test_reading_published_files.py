"""The published files, if this machine has them: every row is a review or rejected for a good reason."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from bench.review_sets import review_sets
from sentiment.reviews.reading import Rejected, UnknownFormatError, detect, read_reviews
from sentiment.reviews.review import Review
from tests import needs

DATA = review_sets() or Path()
pytestmark = pytest.mark.skipif(review_sets() is None, reason=needs.REVIEW_SETS)

MCAULEY = {"Gift_Cards_5": (2972, 6), "All_Beauty_5": (5269, 5), "AMAZON_FASHION_5": (3176, 16)}


@pytest.mark.parametrize("name", MCAULEY)
def test_mcauley_files_lose_only_rows_without_text(name: str) -> None:
    items = list(read_reviews(DATA / "mcauley_2018" / f"{name}.json"))
    rows, without_text = MCAULEY[name]
    assert len(items) == rows
    assert Counter(item.reason for item in items if isinstance(item, Rejected)) == {"the text is empty": without_text}
    reviews = [item for item in items if isinstance(item, Review)]
    assert all(review.time and review.product_id and review.stars for review in reviews)
    assert {review.source for review in reviews} == {f"mcauley/{name}"}


@pytest.mark.parametrize("domain", ["books", "dvd", "electronics", "kitchen"])
@pytest.mark.parametrize("label", ["positive", "negative"])
def test_blitzer_files_lose_nothing_and_agree_with_their_names(domain: str, label: str) -> None:
    items = list(read_reviews(DATA / "blitzer" / domain / f"{label}.review"))
    reviews = [item for item in items if isinstance(item, Review)]
    assert len(items) == len(reviews) == 1000
    assert {review.label for review in reviews} == {label}
    assert all(review.source.startswith("blitzer") and label not in review.source for review in reviews)
    assert not any("review_text" in review.text for review in reviews)


def test_fine_foods_is_read_whole() -> None:
    items = list(read_reviews(DATA / "fine_foods" / "Reviews.csv"))
    reviews = [item for item in items if isinstance(item, Review)]
    assert len(items) == len(reviews) == 1000
    assert Counter(review.stars for review in reviews)[3.0] == 75
    assert not any("<br" in review.text or "&quot;" in review.text for review in reviews)


@pytest.mark.parametrize("name", ["README.md", "hu_liu/opinion_lexicon.zip", "vader_amazon/LICENSE.txt"])
def test_a_file_without_reviews_is_refused(name: str) -> None:
    with pytest.raises(UnknownFormatError):
        detect(DATA / name)
