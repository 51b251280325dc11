"""Tests that the loop works by calling the API as any client does."""

from __future__ import annotations

import json
import shlex
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

from tenacity import RetryError, Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from local.errors import LocalError
from local.files import read_object, write_whole
from local.http_client import opener

if TYPE_CHECKING:
    from pathlib import Path

    from local.loop import Loop

REVIEW = "Arrived late and the zipper broke after two days, but support was kind and sent a new one that works great."
PRODUCT = "make-up"
"""The product of the predictions made here, which tells them from those of clients."""
_TIMEOUT_S = 60.0


class NotYetError(Exception):
    """The API does not answer yet, or with an error."""


def is_first(loop: Loop) -> bool:
    """Return whether no prediction was ever made here."""
    return not _proof(loop).exists()


def forget(loop: Loop) -> None:
    """Forget that predictions were made: what held them is gone."""
    _proof(loop).unlink(missing_ok=True)


def verify(loop: Loop, found: dict[str, str]) -> str:
    """Ask the API for its model and, once for each deployment and model, for a prediction.

    The prediction is stored and archived like any other, so it is only made when something changed.

    Returns:
        The answer in a few words.

    Raises:
        LocalError: No answer came within a minute.
    """
    trying = Retrying(
        retry=retry_if_exception_type(NotYetError), stop=stop_after_delay(_TIMEOUT_S), wait=wait_fixed(0.5)
    )
    try:
        version = trying(call, found, "/model")["model_version"]
        proof = {"deployed": read_object(loop.state_dir / "deployed.json"), "model_version": version}
        if read_object(_proof(loop)) == proof:
            return f"model version {version}, tested before"
        answer = trying(call, found, "/predict", {"text": REVIEW, "product_id": PRODUCT})
    except RetryError as error:
        log = loop.settings.logs_dir / "emulator.log"
        raise LocalError(
            f"The API did not answer within {_TIMEOUT_S:.0f} s: {error.last_attempt.exception()}",
            remedy="Look for the cause with make logs, then run make up again",
            log=log if log.exists() else None,
        ) from error
    write_whole(_proof(loop), json.dumps(proof | {"model_version": answer["model_version"]}))
    return f"{answer['label']}, probability {answer['probability']:.2f}, model version {answer['model_version']}"


def _proof(loop: Loop) -> Path:
    return loop.state_dir / "proved.json"


def served_version(found: dict[str, str]) -> str:
    """The version of the model that answers, or `none` with the reason."""
    try:
        return str(call(found, "/model")["model_version"])
    except NotYetError as error:
        return f"none ({error})"


def curl(found: dict[str, str]) -> str:
    """A prediction as a command to copy."""
    body = json.dumps({"text": REVIEW})
    return (
        f"curl -s {found['api_url']}/predict -H 'x-api-key: {found['api_key']}' "
        f"-H 'content-type: application/json' -d {shlex.quote(body)}"
    )


def call(found: dict[str, str], path: str, body: dict[str, Any] | None = None) -> Any:  # noqa: ANN401 - what JSON holds
    """POST a body, or GET when there is none.

    Raises:
        NotYetError: The API does not answer yet, or with an error.
    """
    request = urllib.request.Request(  # noqa: S310 (our own address)
        f"{found['api_url']}{path}",
        data=json.dumps(body).encode() if body else None,
        headers={"x-api-key": found["api_key"], "content-type": "application/json"},
    )
    try:
        with opener(request.full_url).open(request, timeout=30) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        raise NotYetError(f"{error.code} {error.read(300).decode(errors='replace')}") from error
    except OSError as error:
        raise NotYetError(str(error)) from error
    except ValueError as error:
        raise NotYetError(f"the answer is not JSON: {error}") from error
