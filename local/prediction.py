"""The first prediction: proof that the loop works, made the way any client makes one."""

from __future__ import annotations

import json
import shlex
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

from tenacity import RetryError, Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from local.errors import LocalError

if TYPE_CHECKING:
    from local.loop import Loop

REVIEW = "Arrived late and the zipper broke after two days, but support was kind and sent a new one that works great."
_PATIENCE_S = 60.0


class _NotYetError(Exception):
    """The API answered that it cannot answer now."""


def prove(loop: Loop, found: dict[str, str]) -> str:
    """Make a prediction through the API.

    Returns:
        What was answered, in a few words.

    Raises:
        LocalError: No prediction came within a minute, with what came instead.
    """
    trying = Retrying(
        retry=retry_if_exception_type(_NotYetError), stop=stop_after_delay(_PATIENCE_S), wait=wait_fixed(0.5)
    )
    try:
        answer = trying(_predict, found["api_url"], found["api_key"])
    except RetryError as error:
        log = loop.settings.logs_dir / "emulator.log"
        raise LocalError(
            f"The API made no prediction within {_PATIENCE_S:.0f} s: {error.last_attempt.exception()}",
            remedy="make logs, then make up",
            log=log if log.exists() else None,
        ) from error
    return f"{answer['label']}, probability {answer['probability']:.2f}, model version {answer['model_version']}"


def curl(found: dict[str, str]) -> str:
    """The same call as a command to copy."""
    body = json.dumps({"text": REVIEW})
    return (
        f"curl -s {found['api_url']}/predict -H 'x-api-key: {found['api_key']}' "
        f"-H 'content-type: application/json' -d {shlex.quote(body)}"
    )


def _predict(api_url: str, api_key: str) -> dict[str, Any]:
    request = urllib.request.Request(  # noqa: S310 (our own address)
        f"{api_url}/predict",
        data=json.dumps({"text": REVIEW}).encode(),
        headers={"x-api-key": api_key, "content-type": "application/json"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=30) as response:
            answer: dict[str, Any] = json.load(response)
            return answer
    except urllib.error.HTTPError as error:
        raise _NotYetError(f"{error.code} {error.read(300).decode(errors='replace')}") from error
    except OSError as error:
        raise _NotYetError(str(error)) from error
