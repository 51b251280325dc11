"""One timed request to a handler; only the standard library, as it runs beside the packaged function."""

import json
import sys
import time
from typing import Any

TEXT = "The sound is great and the battery lasts for days, but the strap broke after a week. " * 5
OK = 200


class Context:
    """The context that Lambda passes with an event."""

    aws_request_id = "bench"


def timed(handler: Any, body: dict[str, str]) -> tuple[float, dict[str, Any]]:  # noqa: ANN401 - any function's handler
    """Return the seconds that `POST /predict` takes, and its answer; exit if it is an error."""
    event = {
        "version": "1.0",
        "resource": "/predict",
        "path": "/predict",
        "httpMethod": "POST",
        "headers": {"content-type": "application/json"},
        "requestContext": {"requestId": "bench", "identity": {"sourceIp": "192.0.2.1"}},
        "body": json.dumps(body),
        "isBase64Encoded": False,
    }
    started = time.perf_counter()
    answer = handler(event, Context())
    seconds = time.perf_counter() - started
    if answer["statusCode"] != OK:
        sys.exit(answer["body"])
    return seconds, json.loads(answer["body"])
