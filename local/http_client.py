"""HTTP to what this room runs or deployed: what goes wrong is told in words."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from typing import Any

ANSWER_TIMEOUT_S = 5.0
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never through a proxy: these are loopback


def get(url: str, *, timeout_s: float = ANSWER_TIMEOUT_S) -> tuple[str, dict[str, Any]]:
    """GET a JSON document. Returns what went wrong (empty when nothing did) and the document."""
    try:
        with _opener.open(url, timeout=timeout_s) as response:
            text = response.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        return f"it answers {error.code}", {}
    except http.client.HTTPException as error:
        return f"it does not speak HTTP ({error!r})", {}
    except OSError as error:
        return f"no answer yet ({getattr(error, 'reason', error)})", {}
    try:
        answer = json.loads(text)
    except ValueError:
        answer = {"text": text}
    return "", answer if isinstance(answer, dict) else {"value": answer}


def post(url: str, *, timeout_s: float) -> None:
    """POST nothing.

    Raises:
        OSError: It was not answered, or not with success.
    """
    with _opener.open(url, data=b"", timeout=timeout_s):
        pass
