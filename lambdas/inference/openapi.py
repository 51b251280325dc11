"""The OpenAPI document of the whole API, the routes of the feedback function included."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from fastapi.openapi.utils import get_openapi

from lambdas.feedback import audit
from lambdas.feedback import routes as feedback
from lambdas.inference import routes as inference
from lambdas.shared.web.errors import documented

VERSION = "1.0.0"
OPEN_PATHS = frozenset({"/health"})
"""Paths that need no API key."""

_TAGS = [
    {"name": "Predictions", "description": "The label of a review, and the words that decided."},
    {"name": "Feedback", "description": "Whether a prediction was right."},
    {"name": "Audit", "description": "What waits for a reviewer's label."},
    {"name": "Service", "description": "The model that answers, and its health."},
]
_TAG_OF = {
    "/predict": "Predictions",
    "/predict/batch": "Predictions",
    "/feedback": "Feedback",
    "/audit": "Audit",
    "/model": "Service",
    "/health": "Service",
}
_SCHEME = "ApiKey"
_ANSWERS_TO_ALL = documented(429, 500, 502, 504)
_ANSWERS_TO_KEYS = documented(403)
_REQUEST_ID = {"description": "Id of the request, for the logs.", "schema": {"type": "string"}}
_RETRY_AFTER = {"description": "Seconds to wait before the next try.", "schema": {"type": "integer"}}


@cache
def openapi_json() -> str:
    """Return the document as JSON."""
    return json.dumps(openapi_document(), ensure_ascii=False)


def openapi_document() -> dict[str, Any]:
    """Return the document.

    Its server is relative to the document's address, so that it is right behind the path of every stage.
    """
    document = get_openapi(
        title="Sentiment Loop",
        version=VERSION,
        description="Predicts the sentiment of reviews, names the words that decided, and learns from feedback.",
        routes=[*inference.router.routes, *feedback.router.routes, *audit.router.routes],
        tags=_TAGS,
        servers=[{"url": ".", "description": "Where this document came from"}],
    )
    document["components"]["securitySchemes"] = {_SCHEME: {"type": "apiKey", "in": "header", "name": "x-api-key"}}
    for path, operations in document["paths"].items():
        for operation in operations.values():
            operation["tags"] = [_TAG_OF[path]]
            _complete(operation, open_to_all=path in OPEN_PATHS)
    return document


def _complete(operation: dict[str, Any], *, open_to_all: bool) -> None:
    """Add what the gateway and the edge add to every operation."""
    answers = _ANSWERS_TO_ALL
    if not open_to_all:
        operation["security"] = [{_SCHEME: []}]
        answers = answers | _ANSWERS_TO_KEYS
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorAnswer"}}}
    for status, answer in answers.items():
        operation["responses"][str(status)] = {"description": answer["description"], "content": error}
    for status, response in operation["responses"].items():
        response["headers"] = {"x-request-id": _REQUEST_ID}
        if status == "503":
            response["headers"]["retry-after"] = _RETRY_AFTER
