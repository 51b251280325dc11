"""Predicts texts and stores the predictions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sentiment.clock import utc_now
from sentiment.schemas.api import PredictionAnswer, WordAnswer
from sentiment.schemas.events import PredictionEvent
from sentiment.schemas.feedback_period import LIFETIME
from sentiment.schemas.prediction_id import is_audit, new_prediction_id

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from lambdas.inference.predictions import PredictionTable
    from lambdas.inference.product_features import ProductFeatures
    from lambdas.inference.serving import ModelStore, Served
    from sentiment.reviews.product import ProductStats
    from sentiment.schemas.api import ProductStatsUse

_PROBABILITY_DECIMALS = 9
_WEIGHT_DECIMALS = 4


@dataclass(frozen=True, slots=True)
class Predictor:
    """Predicts texts with the served model, and stores each prediction before returning it."""

    models: ModelStore
    table: PredictionTable
    products: ProductFeatures
    now: Callable[[], datetime] = utc_now

    def predict(self, texts: Sequence[str], product_id: str | None = None) -> list[PredictionAnswer]:
        """Return the answers in the order of the texts.

        The product's statistics are used for all of them; each answer says whether there were any.

        Raises:
            NoModelError: There is no model to serve.
            StorageError: The predictions could not be stored, so they could take no feedback.
        """
        served = self.models.current()
        stats, state = self.products.of(product_id)
        pairs = [self._predict(served, text, product_id, stats, state) for text in texts]
        self.table.put([event for event, _ in pairs])
        return [answer for _, answer in pairs]

    def _predict(
        self, served: Served, text: str, product_id: str | None, stats: ProductStats | None, state: ProductStatsUse
    ) -> tuple[PredictionEvent, PredictionAnswer]:
        """Return event and answer; whitespace around a text only shifts the positions of its words."""
        trimmed = text.strip()
        offset = len(text) - len(text.lstrip())
        prediction = served.scorer.predict(trimmed, stats)
        now = self.now()
        prediction_id = new_prediction_id(now)
        probability = round(prediction.probability, _PROBABILITY_DECIMALS)
        version = served.pointer.model_version
        event = PredictionEvent(
            prediction_id=prediction_id,
            text=trimmed,
            product_id=product_id,
            label=prediction.label,
            probability=probability,
            model_version=version,
            created_at=now,
            expires_at=int((now + LIFETIME).timestamp()),
            audit=is_audit(prediction_id),
        )
        answer = PredictionAnswer(
            prediction_id=prediction_id,
            label=prediction.label,
            probability=probability,
            model_version=version,
            words=[
                WordAnswer(
                    text=word.text,
                    weight=round(word.weight, _WEIGHT_DECIMALS),
                    start=word.start + offset,
                    end=word.end + offset,
                )
                for word in prediction.words
            ],
            product_stats=state,
        )
        return event, answer
