"""The names that columns of review files have in the wild, and how names are compared."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sentiment.reviews.reading import ratings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TEXT = (
    *("reviewtext", "reviewstext", "reviewbody", "reviewcontent", "reviewcomment", "reviewdescription"),
    *("verifiedreviews", "text", "content", "body", "review", "reviews", "comment", "comments", "commenttext"),
    *("sentence", "phrase", "feedbacktext", "userreview", "customerreview"),
)
STARS = (
    *("stars", "star", "starrating", "reviewrating", "reviewsrating", "reviewstars", "reviewscore", "reviewsscore"),
    *("rating", "ratings", "overall", "overallrating", "score", "userrating", "customerrating", "ratingvalue"),
    *("reviewratingratingvalue", "numstars"),
)
LABEL = (
    *("label", "labels", "sentiment", "sentiments", "polarity", "class", "target", "sentimentlabel", "liked"),
    *("airlinesentiment", "feedback", "ispositive", "positive", "overallsentiment"),
)
TITLE = (
    *("reviewtitle", "reviewstitle", "reviewheadline", "reviewsummary", "reviewsubject"),
    *("headline", "summary", "title", "subject", "heading"),
)
TIME = (
    *("unixreviewtime", "reviewtime", "reviewdate", "reviewsdate", "reviewedat", "reviewtimestamp", "sorttimestamp"),
    *("timestamp", "time", "date", "datetime", "createdat", "created", "at", "dateposted", "publishedat"),
)
PRODUCT = (
    *("parentasin", "asin", "asins", "productid", "productcode", "productasin", "itemid", "sku", "clothingid"),
    *("businessid", "bookid", "movieid", "hotelid", "appid", "product", "item"),
)
PEOPLE = frozenset((
    *("reviewer", "reviewername", "reviewerid", "author", "authorname", "authorid", "user", "username", "userid"),
    *("profilename", "customer", "customername", "customerid", "reviewsusername", "reviewsuserid", "email"),
    *("useremail", "reviewauthor", "reviewsauthor", "reviewprofilename", "reviewuserid", "reviewby"),
    *("reviewedby", "nickname"),
))  # fmt: skip
"""Columns that name who wrote a review; they are never kept."""

TEXT_AND_RATING = 2
"""Columns that a table of reviews needs."""

_OTHERS = frozenset(("product", "item", "business", "seller", "hotel", "hotelinfo", "store", "app"))
"""Nested objects whose title, text and rating are not a review's."""

_PATH = re.compile(r"[./]")
_SYMBOL = re.compile(r"[\W_]+")
_KNOWN = frozenset((*TEXT, *STARS, *LABEL, *TITLE, *TIME, *PRODUCT, *PEOPLE)) - ratings.POSITIVE_WORDS


def plain(name: str) -> str:
    """Return a column's name as names are compared: letters and digits in lower case."""
    return _SYMBOL.sub("", name.casefold())


def known_names(names: Iterable[str]) -> int:
    """Return how many of these are names of columns that review files have."""
    return sum(plain(name) in _KNOWN or any(plain(inner) in _KNOWN for inner in _inner(name)) for name in names)


def _inner(name: str) -> list[str]:
    """Return the ends of a nested name, the longest first; none if it is something else's, such as the product's."""
    parts = _PATH.split(name)
    ends = []
    for at in range(1, len(parts)):
        if plain(parts[at - 1]) in _OTHERS | PEOPLE:
            return []
        ends.append("".join(parts[at:]))
    return ends


def named_as(known: Sequence[str], names: Iterable[str]) -> list[str]:
    """Return the names that are among the known ones, the best first; nested ones by their last part after all."""
    found = {name: plain(name) for name in names}
    whole = [name for wanted in known for name, is_called in found.items() if is_called == wanted]
    if whole:
        return whole
    nested = {name: [plain(end) for end in _inner(name)] for name in names}
    return list(dict.fromkeys(name for wanted in known for name, ends in nested.items() if wanted in ends))


def names_a_person(name: str) -> bool:
    """Return whether a column's name, or a part of a nested one, says that it holds who wrote the review."""
    return any(plain(part) in PEOPLE for part in (name, *_PATH.split(name)))
