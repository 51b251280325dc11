"""The sets of reviews that are published: how each is recognised, and what its columns hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sentiment.reviews.reading.columns import Roles
from sentiment.reviews.reading.ratings import Classes, Stars, are_stars, class_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sentiment.reviews.reading.rows import Row


@dataclass(frozen=True, slots=True)
class Published:
    """A published set of reviews.

    Attributes:
        name: In messages and as the first part of a review's `source`.
        looks_like: One line for people whose file has an unknown format.
        kind: How it is written: `json`, `csv`, `tsv`, `fasttext`, or blocks of a name of their own.
        matches: Whether columns and first rows are those of this set.
        roles: What its columns hold.
    """

    name: str
    looks_like: str
    kind: str
    matches: Callable[[Sequence[str], Sequence[Row]], bool]
    roles: Roles


def _has(*names: str, one_of: tuple[str, ...] = ()) -> Callable[[Sequence[str], Sequence[Row]], bool]:
    def matches(found: Sequence[str], _rows: Sequence[Row]) -> bool:
        return set(found) >= set(names) and (not one_of or not set(found).isdisjoint(one_of))

    return matches


def _always(_names: Sequence[str], _rows: Sequence[Row]) -> bool:
    return True


HEADERLESS: Final = ("1", "2", "3")
CLASSES: Final = frozenset("12")
FIVE: Final = frozenset("12345")


def _classes(names: Sequence[str], rows: Sequence[Row], among: frozenset[str]) -> set[str]:
    """Return the classes in the first of three columns without names; empty if most are no such classes."""
    if tuple(names) != HEADERLESS:
        return set()
    found = [str(row["1"]) for row in rows]
    classes = [each for each in found if each in FIVE]
    if not found or found[0] not in FIVE or 2 * len(classes) <= len(found) or not set(classes) <= among:
        return set()
    return set(classes) if not any(each == "0" for each in found) else set()


def _is_polarity(names: Sequence[str], rows: Sequence[Row]) -> bool:
    return "2" in _classes(names, rows, CLASSES)


def _is_full(names: Sequence[str], rows: Sequence[Row]) -> bool:
    return bool(_classes(names, rows, FIVE) - CLASSES)


def _is_fasttext(_names: Sequence[str], rows: Sequence[Row]) -> bool:
    found = {class_of(row["label"]) for row in rows}
    return "2" in found and found <= CLASSES


def _is_fasttext_full(_names: Sequence[str], rows: Sequence[Row]) -> bool:
    return are_stars(row["label"] for row in rows)


def _polarity() -> Classes:
    return Classes(("2",), ("1",), confirmed=False)


PUBLISHED: Final = (
    Published(
        name="amazon_2023",
        looks_like='Amazon Reviews 2023, JSON lines: {"rating": 5.0, "title": ..., "text": ..., "asin": ...}',
        kind="json",
        matches=_has("rating", "text", one_of=("asin", "parent_asin", "parentAsin", "user_id")),
        roles=Roles(
            text="text",
            rating="rating",
            rates=Stars,
            title=("title",),
            time=("timestamp", "sort_timestamp", "sortTimestamp"),
            # The parent comes first: it is the product; `asin` is one of its colours or sizes.
            product=("parent_asin", "parentAsin", "asin"),
        ),
    ),
    Published(
        name="mcauley",
        looks_like='McAuley 2014/2018, JSON lines: {"overall": 5.0, "reviewText": ..., "asin": ...}',
        kind="json",
        matches=_has("overall", "asin"),
        roles=Roles(
            text="reviewText",
            rating="overall",
            rates=Stars,
            title=("summary",),
            time=("unixReviewTime", "reviewTime"),
            product=("asin",),
        ),
    ),
    # This one and the next are from Zhang, Zhao and LeCun, NIPS 2015.
    Published(
        name="amazon_polarity",
        looks_like='Amazon polarity, CSV without a header: "2","title","text" (1 negative, 2 positive)',
        kind="csv",
        matches=_is_polarity,
        roles=Roles(text="3", rating="1", rates=_polarity, title=("2",), line_ends=True),
    ),
    Published(
        name="amazon_full",
        looks_like='Amazon full, CSV without a header: "5","title","text" (the class is the stars)',
        kind="csv",
        matches=_is_full,
        roles=Roles(text="3", rating="1", rates=Stars, title=("2",), line_ends=True),
    ),
    Published(
        name="amazon_polarity",
        looks_like="Amazon polarity as fastText has it: __label__2 title: text",
        kind="fasttext",
        matches=_is_fasttext,
        roles=Roles(text="text", rating="label", rates=_polarity),
    ),
    Published(
        name="amazon_full",
        looks_like="stars as fastText has them: __label__5 title: text",
        kind="fasttext",
        matches=_is_fasttext_full,
        roles=Roles(text="text", rating="label", rates=Stars),
    ),
    Published(
        name="kaggle",
        looks_like="Kaggle's Reviews.csv, with the header Id,ProductId,UserId,...,Score,Time,Summary,Text",
        kind="csv",
        matches=_has("ProductId", "Score", "Time", "Summary", "Text"),
        roles=Roles(
            text="Text", rating="Score", rates=Stars, title=("Summary",), time=("Time",), product=("ProductId",)
        ),
    ),
    Published(
        name="amazon_pds",
        looks_like="amazon-reviews-pds, tab-separated with the header marketplace, customer_id, review_id, ...",
        kind="tsv",
        matches=_has("product_id", "star_rating", "review_headline", "review_body", "review_date"),
        roles=Roles(
            text="review_body",
            rating="star_rating",
            rates=Stars,
            title=("review_headline",),
            time=("review_date",),
            product=("product_id",),
        ),
    ),
    Published(
        name="snap",
        looks_like="SNAP blocks such as finefoods.txt: lines review/score: ..., review/text: ...",
        kind="snap",
        matches=_always,
        roles=Roles(
            text="review/text",
            rating="review/score",
            rates=Stars,
            title=("review/summary",),
            time=("review/time",),
            product=("product/productId",),
        ),
    ),
    Published(
        name="blitzer",
        looks_like="Blitzer's multi-domain reviews: lines <review>, <rating>, <review_text>",
        kind="blitzer",
        matches=_always,
        roles=Roles(
            text="review_text", rating="rating", rates=Stars, title=("title",), time=("date",), product=("asin",)
        ),
    ),
)


def published(kind: str, names: Sequence[str], rows: Sequence[Row]) -> Published | None:
    """Return the published set that a table is; None if it is none of them."""
    return next((each for each in PUBLISHED if each.kind == kind and each.matches(names, rows)), None)
