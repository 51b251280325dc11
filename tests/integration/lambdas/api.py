"""The whole API as one ASGI application, on the emulator's tables, behind what the gateway does with keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdas.feedback import audit
from lambdas.feedback import routes as feedback_routes
from lambdas.feedback.callers import Callers
from lambdas.feedback.ledger import Ledger
from lambdas.feedback.voted import VotedDraws
from lambdas.feedback.waiting import WaitingList
from lambdas.inference import docs
from lambdas.inference import routes as inference_routes
from lambdas.inference.audits import Audits
from lambdas.inference.openapi import OPEN_PATHS, openapi_document
from lambdas.inference.predictions import PredictionTable
from lambdas.inference.predictor import Predictor
from lambdas.inference.product_features import ProductFeatures
from lambdas.inference.product_table import ProductTable
from lambdas.inference.serving import ModelStore
from lambdas.shared import aws
from lambdas.shared.audit_table import Places
from lambdas.shared.loop_secret import LoopSecret
from lambdas.shared.web.edge import Edge
from lambdas.shared.web.errors import ApiError
from lambdas.shared.web.gateway import application
from tests.integration.lambdas.books import tables
from tests.integration.resources import REVIEWERS_API_KEY_ID

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Receive, Scope, Send

    from tests.integration.resources import Resources

API_KEY = "key-for-tests"
REVIEWERS_API_KEY = "reviewers-key-for-tests"
KEYED_PATHS = openapi_document()["paths"].keys() - OPEN_PATHS


class Gateway:
    """Asks for an API key, as the gateway does, and names it to the function."""

    def __init__(self, app: ASGIApp, api_key_ids: Mapping[str, str]) -> None:
        self._app = app
        self._api_key_ids = {key.encode(): key_id for key, key_id in api_key_ids.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        keys = [value for name, value in scope.get("headers", ()) if name == b"x-api-key"]
        known = [self._api_key_ids[key] for key in keys if key in self._api_key_ids]
        if scope["type"] == "http" and scope["path"] in KEYED_PATHS and not known:
            await ApiError(403, "forbidden", "this call needs an API key").response()(scope, receive, send)
        else:
            event = {"requestContext": {"identity": {"apiKeyId": known[0] if known else None}}}
            await self._app({**scope, "aws.event": event}, receive, send)


def whole_api(resources: Resources, api_key_ids: Mapping[str, str]) -> Gateway:
    """Return the API, which knows these API keys and their ids."""
    secret = LoopSecret(resources.rater_key_secret, aws.secrets_manager)
    places = Places(resources.audit, aws.dynamodb)
    app = application(inference_routes.router, feedback_routes.router, audit.router, docs.router)
    app.state.predictor = Predictor(
        models=ModelStore(resources.artifacts, aws.s3),
        table=PredictionTable(resources.predictions, resources.audit, aws.dynamodb),
        products=ProductFeatures(ProductTable(resources.product_stats, aws.quick_dynamodb)),
        audits=Audits(secret, places),
    )
    app.state.ledger = Ledger(tables(resources), aws.dynamodb)
    app.state.callers = Callers(secret, REVIEWERS_API_KEY_ID)
    app.state.voted = VotedDraws(secret, places, tables(resources), aws.dynamodb)
    app.state.waiting = WaitingList(tables(resources), aws.dynamodb)
    return Gateway(Edge(app), api_key_ids)
