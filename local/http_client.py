"""HTTP requests to the loop's servers and its API, with failures described in words."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

ANSWER_TIMEOUT_S = 5.0
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def opener(url: str) -> urllib.request.OpenerDirector:
    """An opener for a URL: with the proxy that the environment names, but never one for this machine itself."""
    direct = urllib.parse.urlsplit(url).hostname in _LOOPBACK
    return urllib.request.build_opener(urllib.request.ProxyHandler({} if direct else None))


def get(
    url: str, *, headers: Mapping[str, str] | None = None, timeout_s: float = ANSWER_TIMEOUT_S
) -> tuple[str, dict[str, Any]]:
    """GET a JSON document. Returns what went wrong (empty on success) and the document."""
    request = urllib.request.Request(url, headers=dict(headers or {}))  # noqa: S310 (a server of the loop)
    try:
        with opener(url).open(request, timeout=timeout_s) as response:
            text = response.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        error.close()
        return f"it answered {error.code}", {}
    except http.client.HTTPException as error:
        return f"it does not speak HTTP ({error!r})", {}
    except OSError as error:
        return f"no answer ({getattr(error, 'reason', error)})", {}
    try:
        answer = json.loads(text)
    except ValueError:
        answer = {"text": text}
    return "", answer if isinstance(answer, dict) else {"value": answer}


def post(url: str, *, headers: dict[str, str], timeout_s: float) -> None:
    """POST an empty body.

    Raises:
        OSError: There was no answer, or one with an error status.
    """
    request = urllib.request.Request(url, data=b"", headers=headers)  # noqa: S310 (a server of the loop)
    with opener(url).open(request, timeout=timeout_s):
        pass
