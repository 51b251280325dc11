"""The routes of the inference function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from starlette.responses import Response

from lambdas.inference.predictions import StorageError
from lambdas.inference.serving import NoModelError, Served
from lambdas.shared.web.caller import api_key_id
from lambdas.shared.web.errors import documented, unavailable
from sentiment.schemas.api import (
    HealthAnswer,
    ModelAnswer,
    PredictBatchRequest,
    PredictionAnswer,
    PredictionsAnswer,
    PredictRequest,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lambdas.inference.predictor import Predictor

router = APIRouter()


@router.post(
    "/predict",
    operation_id="predict",
    summary="Predict one review",
    response_model=PredictionAnswer,
    responses=documented(400, 413, 415, 422, 503),
)
async def predict(request: Request, review: PredictRequest) -> Response:
    """Return label, probability, and the words that decided. The prediction is stored, so that it can take feedback."""
    answers = _predict(request, [review.text], review.product_id)
    return _json(answers[0].model_dump_json())


@router.post(
    "/predict/batch",
    operation_id="predict_batch",
    summary="Predict up to 100 reviews",
    response_model=PredictionsAnswer,
    responses=documented(400, 413, 415, 422, 503),
)
async def predict_batch(request: Request, reviews: PredictBatchRequest) -> Response:
    """Return the predictions in the order of the texts. One invalid text refuses them all."""
    answers = _predict(request, reviews.texts, None)
    return _json(PredictionsAnswer(answers).model_dump_json())


@router.get(
    "/model",
    operation_id="get_model",
    summary="Describe the served model",
    response_model=ModelAnswer,
    responses=documented(503),
)
async def model(request: Request) -> Response:
    """Return version, origin and metrics of the model that answers, and why a newer one does not."""
    pointer = _served(request).pointer
    answer = ModelAnswer(
        model_version=pointer.model_version,
        run_id=pointer.run_id,
        trained_at=pointer.trained_at,
        promoted_at=pointer.promoted_at,
        previous_version=pointer.previous_version,
        metrics=pointer.metrics,
        data_window=pointer.data_window,
        data_sha256=pointer.data_sha256,
        feature_service=pointer.feature_service,
        sha256=pointer.sha256,
        problem=_predictor(request).models.problem,
    )
    return _json(answer.model_dump_json())


@router.get(
    "/health",
    operation_id="get_health",
    summary="Tell whether there is a model to serve",
    response_model=HealthAnswer,
    responses=documented(503),
)
async def health(request: Request) -> Response:
    """Return the version that answers, or 503."""
    version = _served(request).pointer.model_version
    answer = HealthAnswer(model_version=version, problem=_predictor(request).models.problem)
    return _json(answer.model_dump_json())


def _predictor(request: Request) -> Predictor:
    predictor: Predictor = request.app.state.predictor
    return predictor


def _predict(request: Request, texts: Sequence[str], product_id: str | None) -> list[PredictionAnswer]:
    try:
        return _predictor(request).predict(texts, product_id, api_key_id=api_key_id(request))
    except NoModelError as error:
        raise unavailable("no_model", str(error)) from error
    except StorageError as error:
        message = f"the prediction could not be stored ({error}), so it is not returned: try again"
        raise unavailable("storage_unavailable", message) from error


def _served(request: Request) -> Served:
    try:
        return _predictor(request).models.current()
    except NoModelError as error:
        raise unavailable("no_model", str(error)) from error


def _json(content: str) -> Response:
    """Return the answer without FastAPI's conversion: it was validated when it was built."""
    return Response(content, media_type="application/json")
