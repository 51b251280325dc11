"""What honest feedback gains another shop than the sample's, and what it gained before there were clients."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bench.model.crowd import KNOWN_A_USER, WRONG
from bench.model.data import another_shop
from bench.model.votes import METRICS, OTHER, Cast, Loop, Retrained, measured, public, retrain, some
from sentiment.evaluation.trust import TrustSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sentiment.reviews.review import Review

USERS = 720
VOTES_A_REVIEW = 3
ASKED_OF_SHOP = 0.6
REVIEWED_OF_SHOP = 0.3


class Shop(NamedTuple):
    """Another shop's reviews: on the first, people vote; the others are untouched."""

    asked: Sequence[Review]
    untouched: Sequence[Review]

    @classmethod
    def of(cls, seed: int) -> Shop | None:
        """Return the shop of a seed; None if the review sets are missing."""
        reviews = another_shop()
        if reviews is None:
            return None
        shuffled = some(reviews, len(reviews), np.random.default_rng(seed))
        asked = round(ASKED_OF_SHOP * len(shuffled))
        return cls(shuffled[:asked], shuffled[asked:])


def honest(shop: Shop, random: np.random.Generator) -> list[Cast]:
    """Three users vote on each review, and one vote in ten is wrong."""
    return [
        Cast(review.full_text, OTHER[review.label] if random.random() < WRONG else review.label, f"user {user}")
        for review in shop.asked
        for user in random.integers(USERS, size=VOTES_A_REVIEW)
        if review.label
    ]


def before_there_were_clients(loop: Loop, cast: Sequence[Cast], random: np.random.Generator) -> Retrained:
    """Return what the loop made of votes when every name was trusted by itself, on public reviews."""
    known = [
        Cast(text, OTHER[label] if random.random() < WRONG else label, name)
        for name in sorted({one.rater for one in cast})
        for text, label in some(loop.texts, int(random.poisson(KNOWN_A_USER)), random)
    ]
    everything_counts = {key: one._replace(held_out=True, public=False) for key, one in public(loop).items()}
    each_alone = TrustSettings(vouching=frozenset({cast[0].client}))
    return retrain(loop, [*cast, *known], each_alone, everything_counts)


def gains(loop: Loop, shop: Shop, seed: int) -> NDArray[np.float64]:
    """Return points of macro-F1 that honest votes gain on the shop's untouched reviews.

    Of a client that vouches, with reviewers who label some of what its raters voted on; of a small shop with one key
    and no reviewer; and before there were clients.
    """
    random = np.random.default_rng(seed)
    cast = honest(shop, random)
    labels = {review.full_text: review.label for review in shop.asked if review.label}
    reviewed = [
        Cast(text, labels[text], client="reviewers", reviewer=True)
        for text in some(sorted(labels), round(REVIEWED_OF_SHOP * len(labels)), random)
    ]
    made = (
        retrain(loop, [*cast, *reviewed], TrustSettings(vouching=frozenset({cast[0].client})), public(loop)),
        retrain(loop, cast, TrustSettings(), public(loop)),
        before_there_were_clients(loop, cast, random),
    )
    production = measured(loop.production(), shop.untouched)
    return np.array([(measured(one.candidate, shop.untouched) - production)[METRICS.index("macro-F1")] for one in made])
