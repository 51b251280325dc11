"""Predicts texts and stores the predictions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from lambdas.inference.repeated_texts import RepeatedTexts
from sentiment.clock import utc_now
from sentiment.model.reference import NOT_COUNTED
from sentiment.schemas.api import PredictionAnswer, WordAnswer
from sentiment.schemas.events import PredictionEvent
from sentiment.schemas.feedback_period import LIFETIME
from sentiment.schemas.prediction_id import new_prediction_id

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from lambdas.inference.audits import Audits
    from lambdas.inference.predictions import PredictionTable
    from lambdas.inference.product_features import ProductFeatures
    from lambdas.inference.serving import ModelStore, Served
    from sentiment.reviews.product import ProductStats
    from sentiment.schemas.api import ProductStatsUse

_PROBABILITY_DECIMALS = 9
_WEIGHT_DECIMALS = 4


class _Product(NamedTuple):
    """The product of a request, what is known of it, and what the answers say of that."""

    product_id: str | None
    stats: ProductStats | None
    use: ProductStatsUse


class _Stamp(NamedTuple):
    """What a prediction has before it is made: its id, its time, its client, and its place if it is audited."""

    prediction_id: str
    at: datetime
    client: str | None
    audit_place: int | None


@dataclass(frozen=True, slots=True)
class Predictor:
    """Predicts texts with the served model, and stores each prediction before returning it."""

    models: ModelStore
    table: PredictionTable
    products: ProductFeatures
    audits: Audits
    now: Callable[[], datetime] = utc_now
    repeated: RepeatedTexts = field(default_factory=RepeatedTexts)

    def predict(
        self, texts: Sequence[str], product_id: str | None = None, *, api_key_id: str | None = None
    ) -> list[PredictionAnswer]:
        """Return the answers in the order of the texts.

        The product's statistics are used for all of them; each answer says whether there were any. The API key's id
        tells whose predictions they are.

        Raises:
            NoModelError: There is no model to serve.
            StorageError: The predictions could not be stored, so they could take no feedback.
        """
        served = self.models.current()
        stats, state = self.products.of(product_id)
        product = _Product(product_id, stats, state)
        now = self.now()
        prediction_ids = [new_prediction_id(now) for _ in texts]
        marks = self.audits.marks(prediction_ids, api_key_id, now)
        stamps = [_Stamp(one, now, marks.client, marks.places.get(one)) for one in prediction_ids]
        pairs = [self._predict(served, text, product, stamp) for text, stamp in zip(texts, stamps, strict=True)]
        self.table.put([event for event, _ in pairs])
        return [answer for _, answer in pairs]

    def _predict(
        self, served: Served, text: str, product: _Product, stamp: _Stamp
    ) -> tuple[PredictionEvent, PredictionAnswer]:
        """Return event and answer; whitespace around a text only shifts the positions of its words."""
        trimmed = text.strip()
        offset = len(text) - len(text.lstrip())
        prediction = served.scorer.predict(trimmed, product.stats)
        probability = round(prediction.probability, _PROBABILITY_DECIMALS)
        version = served.pointer.model_version
        bins = served.reference.bins(probability, len(trimmed), prediction.unknown)
        event = PredictionEvent(
            prediction_id=stamp.prediction_id,
            text=trimmed,
            product_id=product.product_id,
            label=prediction.label,
            probability=probability,
            model_version=version,
            created_at=stamp.at,
            expires_at=int((stamp.at + LIFETIME).timestamp()),
            audit=stamp.audit_place is not None,
            client=stamp.client,
            audit_place=stamp.audit_place,
            reference_bins=NOT_COUNTED if self.repeated.is_repeated(trimmed, version) else bins,
        )
        answer = PredictionAnswer(
            prediction_id=stamp.prediction_id,
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
            product_stats=product.use,
        )
        return event, answer
