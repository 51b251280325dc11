"""The feature services: what a model is trained with and served with. A change of either is a new name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feast import FeatureService

if TYPE_CHECKING:
    from feature_repo.views import Views

TRAINING_SERVICE = "sentiment_training_v1"
SERVING_SERVICE = "sentiment_serving_v1"


def make_services(views: Views, *, definitions: str) -> list[FeatureService]:
    """Return the services over these views, tagged with the checksum of all definitions."""
    return [
        FeatureService(
            name=TRAINING_SERVICE,
            features=[views.review_text[["title", "text", "source"]], views.review_label, views.product_stats],
            description="A labelled review, and what was known of its product when it was written.",
            tags={"definitions": definitions},
        ),
        FeatureService(
            name=SERVING_SERVICE,
            features=[views.product_stats],
            description="What the inference function reads beside a text: the newest numbers of its product.",
            tags={"definitions": definitions},
        ),
    ]
