"""Events as the functions write them, for tests in which only their time and text matter."""

from __future__ import annotations

from datetime import UTC, datetime

from sentiment.schemas.events import PredictionEvent
from sentiment.schemas.prediction_id import new_prediction_id

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def a_prediction(text: str = "great", at: datetime = NOON) -> PredictionEvent:
    return PredictionEvent(
        prediction_id=new_prediction_id(at),
        text=text,
        label="positive",
        probability=0.75,
        model_version="7",
        created_at=at,
        expires_at=1_800_000_000,
        audit=False,
    )
