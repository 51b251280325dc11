"""HTTP to what this room runs or deployed: what goes wrong is told in words."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

ANSWER_TIMEOUT_S = 5.0
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def _opener_of(url: str) -> urllib.request.OpenerDirector:
    """What asks an address: the proxy that the environment names for it, and never one for this machine itself."""
    direct = urllib.parse.urlsplit(url).hostname in _LOOPBACK
    return urllib.request.build_opener(urllib.request.ProxyHandler({} if direct else None))


def get(url: str, *, timeout_s: float = ANSWER_TIMEOUT_S) -> tuple[str, dict[str, Any]]:
    """GET a JSON document. Returns what went wrong (empty when nothing did) and the document."""
    try:
        with _opener_of(url).open(url, timeout=timeout_s) as response:
            text = response.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        error.close()
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
    with _opener_of(url).open(url, data=b"", timeout=timeout_s):
        pass
