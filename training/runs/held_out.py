"""Which reviews of a run are held out, so that its version can be compared with the one in production."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import feature_repo.settings
from feature_repo.ingest.index import key_of, read_sides
from feature_repo.ingest.leased import leased
from feature_repo.lake.objects import Lake
from feature_repo.lake.secret import accepts, hold_out_of, key_in_use
from sentiment.reviews.held_out import PUBLIC, HoldOut, was_held_out
from sentiment.reviews.identity import fingerprint
from training.errors import AnotherKeyError, feature_errors
from training.registry.lineage import Lineage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sentiment.reviews.review import Review
    from training.registry.tracking_server import RegisteredVersion
    from training.settings import Settings


@dataclass(frozen=True, slots=True)
class Sides:
    """Decides which reviews of a run are held out.

    Attributes:
        key: Fingerprint of the key that decides; None for the rule from before keys.
        rule: Whether a review is held out that the lake does not know.
        lake: Sides by the keys of texts, as the lake has them.
    """

    key: str | None
    rule: Callable[[Review], bool]
    lake: Mapping[int, bool] | None = None

    def of(self, reviews: Sequence[Review]) -> list[bool]:
        """Return whether each review is held out."""
        known = self.lake or {}
        return [
            self.rule(review) if (side := known.get(key_of(fingerprint(review.text)))) is None else side
            for review in reviews
        ]


def by_key(hold_out: HoldOut, lake: Mapping[int, bool] | None = None) -> Sides:
    """Return the sides that a key decides."""
    return Sides(hold_out.key_fingerprint, lambda review: hold_out.holds_out(review.text), lake)


PUBLIC_SIDES = by_key(PUBLIC)


def sides_of_loop(settings: Settings, production: RegisteredVersion | None) -> Sides:
    """Return the sides of a run whose version is compared with production.

    What the lake knows stays on its side. Of other texts, production's own key decides as long as it has none, or the
    public one: by another, production would be evaluated on what it was trained on.

    Raises:
        AnotherKeyError: Production or the lake has the key of another loop.
        FeatureStoreError: The lake or the secret cannot be read.
    """
    with feature_errors():
        hold_out = hold_out_of(settings)
        lineage = Lineage.of(production.tags) if production else None
        known = lineage.held_out_key if lineage else None
        if production:
            check_key(known, production.version, hold_out)
        lake = _sides(hold_out) if settings.lake_bucket else None
    if production and known is None:
        return Sides(None, lambda review: was_held_out(review.review_id), lake)
    return by_key(PUBLIC if known == PUBLIC.key_fingerprint else hold_out, lake)


def check_key(known: str | None, version: str, hold_out: HoldOut) -> None:
    """Refuse a key that is not the one of the version in production.

    Args:
        known: Fingerprint of production's key; None for a version from before keys.
        version: Number of the version in production.
        hold_out: What decides now.

    Raises:
        AnotherKeyError: It is another one.
    """
    if accepts(known, hold_out):
        return
    raise AnotherKeyError(
        f"Version {version}, which is in production, holds out reviews by the key {known}, but "
        f"{key_in_use(hold_out)}: use the secret of the loop that made the version, or its backup. Nothing was changed."
    )


def _sides(hold_out: HoldOut) -> dict[int, bool]:
    lake = Lake(feature_repo.settings.load_settings())
    with leased(lake, hold_out):
        stored = read_sides(lake)
    sides: dict[int, bool] = {}
    for key, held_out in zip(stored["fingerprint"].to_pylist(), stored["held_out"].to_pylist(), strict=True):
        sides[key] = sides.get(key, False) or held_out
    return sides
