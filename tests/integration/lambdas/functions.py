"""Calls the functions as the gateway does, and makes models for them."""

from __future__ import annotations

import base64
import importlib
import json
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from sentiment.model import artifact, features

if TYPE_CHECKING:
    from collections.abc import Callable

    from sentiment.schemas.pointer import Pointer

LIMIT_S = 15.0
"""Every request must be answered within it, well before the function's timeout."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - any JSON value
        return json.loads(self.text)


@dataclass(slots=True)
class Context:
    aws_request_id: str = "id-of-lambda"


@dataclass(slots=True)
class Function:
    """A function behind the gateway, which encodes all bodies in base64."""

    handler: Callable[[dict[str, Any], object], Any]
    requests: int = field(default=0)

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: dict[str, str] | None = None,
        query: dict[str, str] | None = None,
        api_key_id: str = "id-of-a-key",
    ) -> Answer:
        """Send one request; a body other than bytes is sent as JSON."""
        self.requests += 1
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        answer = self.handler(
            {
                "version": "1.0",
                "resource": path,
                "path": path,
                "httpMethod": method,
                "headers": headers or {},
                "multiValueHeaders": {name: [value] for name, value in (headers or {}).items()},
                "queryStringParameters": query,
                "multiValueQueryStringParameters": query and {name: [value] for name, value in query.items()},
                "pathParameters": None,
                "requestContext": {
                    "requestId": f"id-of-gateway-{self.requests}",
                    "identity": {"sourceIp": "192.0.2.1", "apiKeyId": api_key_id},
                },
                "body": base64.b64encode(raw).decode() if raw else None,
                "isBase64Encoded": bool(raw),
            },
            Context(),
        )
        json.dumps(answer, allow_nan=False).encode("utf-8", "strict")  # as the runtime does
        return Answer(answer["statusCode"], answer["headers"], answer["body"])


def cold_start(name: str) -> Function:
    module = f"lambdas.{name}.handler"
    sys.modules.pop(module, None)  # it reads its settings when it is imported
    return Function(importlib.import_module(module).handler)


class Publish(Protocol):
    """Promotes a model version."""

    def __call__(self, version: str, *, data: bytes | None = None, sha256: str | None = None) -> Pointer: ...


def tiny_artifact(version: str) -> bytes:
    """Return a model that knows three words."""
    return artifact.dump(
        artifact.Artifact(
            ngrams={"great": 2.0, "awful": -2.5, "fine": 0.5},
            lexicon=features.Lexicon(words={"great": (3.1, 1, 3.0), "awful": (-2.0, -1, -3.0)}, phrases={}),
            values=dict.fromkeys(features.VALUES, 0.0),
            product={"product_praise": 0.5, "product_blame": -0.5, "product_stars": 0.25},
            intercept=0.1,
            tokenizer=artifact.TOKENIZER,
            calibration={},
            reference={"probability": {"edges": [0.5], "shares": [0.5, 0.5]}},
            training={"version": version},
        )
    )
