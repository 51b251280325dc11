"""The feature services, for training and for serving. A changed service gets a new name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feast import FeatureService

if TYPE_CHECKING:
    from feature_repo.views import Views

TRAINING_SERVICE = "sentiment_training_v1"
SERVING_SERVICE = "sentiment_serving_v1"


def make_services(views: Views, *, definitions: str) -> list[FeatureService]:
    """Return the services of these views, tagged with the checksum of all definitions."""
    return [
        FeatureService(
            name=TRAINING_SERVICE,
            features=[views.review_text[["title", "text", "source"]], views.review_label, views.product_stats],
            description="A labelled review, and its product's statistics when it was written.",
            tags={"definitions": definitions},
        ),
        FeatureService(
            name=SERVING_SERVICE,
            features=[views.product_stats],
            description="What the inference function adds to a text: the newest statistics of its product.",
            tags={"definitions": definitions},
        ),
    ]
