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

# Each process imports only the library of its model.
# ruff: noqa: PLC0415


class Review(BaseModel):
    """The request's body."""

    text: str


def handler_of(key: str) -> Mangum:
    """Return the function that Lambda calls.

    Args:
        key: Of the model in the bucket, in joblib's format or in ONNX.
    """
    model = boto3.client("s3").get_object(Bucket=os.environ["ARTIFACTS_BUCKET"], Key=key)["Body"].read()
    probability = _by_scikit_learn(model) if key.endswith(".joblib") else _by_onnxruntime(model)
    table = boto3.client("dynamodb")
    app = FastAPI()

    @app.post("/predict")
    async def predict(review: Review) -> dict[str, Any]:
        prediction_id = str(uuid.uuid4())
        positive = probability(review.text.lower())
        item: Any = {"prediction_id": {"S": prediction_id}, "text": {"S": review.text}, "p": {"N": str(positive)}}
        table.put_item(TableName=os.environ["PREDICTIONS_TABLE"], Item=item)
        label = "positive" if positive > 0.5 else "negative"  # noqa: PLR2004 - even odds
        return {"prediction_id": prediction_id, "label": label, "probability": positive}

    return Mangum(app, lifespan="off")


def _by_scikit_learn(model: bytes) -> Callable[[str], float]:
    import joblib

    pipeline = joblib.load(io.BytesIO(model))
    return lambda text: float(pipeline.predict_proba([text])[0, 1])


def _by_onnxruntime(model: bytes) -> Callable[[str], float]:
    import numpy as np
    import onnxruntime

    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return lambda text: float(session.run(None, {"text": np.array([[text]])})[1][0][1])
