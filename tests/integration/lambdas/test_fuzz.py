"""The whole API matches its OpenAPI document for any input, on the emulator's tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdas.feedback import routes as feedback_routes
from lambdas.feedback.ledger import Ledger
from lambdas.feedback.rater import RaterHash
from lambdas.inference import docs
from lambdas.inference import routes as inference_routes
from lambdas.inference.openapi import OPEN_PATHS, openapi_document
from lambdas.inference.predictions import PredictionTable
from lambdas.inference.predictor import Predictor
from lambdas.inference.product_features import ProductFeatures
from lambdas.inference.product_table import ProductTable
from lambdas.inference.serving import ModelStore
from lambdas.shared import aws
from lambdas.shared.booking import Tables
from lambdas.shared.web.edge import Edge
from lambdas.shared.web.errors import ApiError
from lambdas.shared.web.gateway import application
from tests.integration.lambdas.fuzzing import fuzz_application

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from tests.integration.lambdas.functions import Publish
    from tests.integration.resources import Resources

SECONDS = 30
API_KEY = "key-for-tests"


class Gateway:
    """Asks for the API key, as the gateway does."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        keys = [value for name, value in scope.get("headers", ()) if name == b"x-api-key"]
        if scope["type"] == "http" and scope["path"] in KEYED_PATHS and keys != [API_KEY.encode()]:
            await ApiError(403, "forbidden", "this call needs an API key").response()(scope, receive, send)
        else:
            await self._app(scope, receive, send)


KEYED_PATHS = openapi_document()["paths"].keys() - OPEN_PATHS


def test_the_api_does_what_its_document_says(resources: Resources, publish: Publish) -> None:
    publish("1")
    app = application(inference_routes.router, feedback_routes.router, docs.router)
    app.state.predictor = Predictor(
        models=ModelStore(resources.artifacts, aws.s3),
        table=PredictionTable(resources.predictions, aws.dynamodb),
        products=ProductFeatures(ProductTable(resources.product_stats, aws.quick_dynamodb)),
    )
    app.state.ledger = Ledger(Tables(resources.predictions, resources.feedback, resources.quality), aws.dynamodb)
    app.state.raters = RaterHash(resources.rater_key_secret, aws.secrets_manager)

    failures = fuzz_application(Gateway(Edge(app)), api_key=API_KEY, seconds=SECONDS)
    assert not failures, "\n\n".join(failures[:5])
