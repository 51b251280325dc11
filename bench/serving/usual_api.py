"""The API as it is usually written: FastAPI, Mangum, boto3, the model from S3, the prediction to DynamoDB."""

from __future__ import annotations

import io
import os
import uuid
from typing import TYPE_CHECKING, Any

import boto3
from fastapi import FastAPI
from mangum import Mangum
from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Callable


class Review(BaseModel):
    """The request's body."""

    text: str


def model_file(key: str) -> io.BytesIO:
    """Return the model's file from S3."""
    body = boto3.client("s3").get_object(Bucket=os.environ["ARTIFACTS_BUCKET"], Key=key)["Body"].read()
    return io.BytesIO(body)


def handler_of(probability: Callable[[str], float]) -> Any:  # noqa: ANN401 - Mangum's own type
    """Return the function that Lambda calls.

    Args:
        probability: Returns the probability of positive for a text.
    """
    table = boto3.client("dynamodb")
    app = FastAPI()

    @app.post("/predict")
    async def predict(review: Review) -> dict[str, Any]:
        prediction_id = str(uuid.uuid4())
        positive = probability(review.text)
        item: Any = {"prediction_id": {"S": prediction_id}, "text": {"S": review.text}, "p": {"N": str(positive)}}
        table.put_item(TableName=os.environ["PREDICTIONS_TABLE"], Item=item)
        label = "positive" if positive > 0.5 else "negative"  # noqa: PLR2004 - even odds
        return {"prediction_id": prediction_id, "label": label, "probability": positive}

    return Mangum(app, lifespan="off")
