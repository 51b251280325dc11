"""Reviews as visitors send them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentiment.reviews.review import Review, review_id_of
from traffic.visits import SentReview

if TYPE_CHECKING:
    from sentiment.reviews.review import Label


def sent(text: str, label: Label, *, product_id: str | None = None) -> SentReview:
    """A review of that text, without a title."""
    review_id = review_id_of(product_id=product_id, title="", text=text)
    stars = 5.0 if label == "positive" else 1.0
    review = Review(
        review_id=review_id,
        product_id=product_id,
        title="",
        text=text,
        stars=stars,
        label=label,
        time=None,
        source="shop",
    )
    return SentReview(text, label, review)
