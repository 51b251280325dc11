"""Logs one line of JSON for every request, with the caller's request id; never texts, keys or IP addresses."""

from __future__ import annotations

import json
import logging

_MAX_PATH = 100

_logger = logging.getLogger("lambdas.request")
_logger.setLevel(logging.INFO)
_logger.addHandler(logging.StreamHandler())
_logger.propagate = False  # the runtime's own handler drops anything below a warning


def log_request(*, request_id: str, method: str, path: str, status: int, seconds: float) -> None:
    """Write the line."""
    line = {
        "request_id": request_id,
        "method": method,
        "path": path[:_MAX_PATH],
        "status": status,
        "ms": round(1000 * seconds, 1),
    }
    _logger.info(json.dumps(line))
