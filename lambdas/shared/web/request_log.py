"""One line of JSON for every request, under the id that the caller was given; never a text, a key or an address."""

from __future__ import annotations

import json
import logging

_LONGEST_PATH = 100

_logger = logging.getLogger("lambdas.request")
_logger.setLevel(logging.INFO)
_logger.addHandler(logging.StreamHandler())
_logger.propagate = False  # the runtime's own handler drops what is not a warning


def log_request(*, request_id: str, method: str, path: str, status: int, seconds: float) -> None:
    """Write the line."""
    line = {
        "request_id": request_id,
        "method": method,
        "path": path[:_LONGEST_PATH],
        "status": status,
        "ms": round(1000 * seconds, 1),
    }
    _logger.info(json.dumps(line))
