"""MLflow by plain HTTP, since importing mlflow takes two seconds: is it running, which version has the alias?"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import requests

from training.errors import TrackingError
from training.registry.names import ALIAS, MODEL_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping

_TIMEOUT_S = 5.0  # a laptop's server answers these requests in milliseconds


@dataclass(frozen=True, slots=True)
class RegisteredVersion:
    """A version of the registered model: its number as text, the run that made it, and its tags."""

    version: str
    run_id: str
    tags: Mapping[str, str]


class TrackingServer:
    """One MLflow server. Every method raises `TrackingError` if it does not answer or refuses."""

    def __init__(self, uri: str) -> None:
        self.uri = uri

    def check(self) -> None:
        """Raise a `TrackingError` unless an MLflow server answers at the address."""
        # Any web server may have /health; only MLflow has /version.
        answer = self._get("/version")
        if answer.status_code != requests.codes.ok or not answer.text[:1].isdigit():
            raise TrackingError(f"The server at {self.uri} is not MLflow: HTTP {answer.status_code}.")

    def production(self) -> RegisteredVersion | None:
        """Return the version that the alias names; None if there is none."""
        query = {"name": MODEL_NAME, "alias": ALIAS}
        answer = self._get("/api/2.0/mlflow/registered-models/alias", params=query)
        try:
            body = answer.json()
            if answer.status_code == requests.codes.ok:
                named = body["model_version"]
                tags = {tag["key"]: tag["value"] for tag in named.get("tags", [])}
                return RegisteredVersion(str(named["version"]), named["run_id"], tags)
            code, message = str(body["error_code"]), str(body["message"])
        except (requests.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
            raise TrackingError(f"The server at {self.uri} is not MLflow.") from error
        # MLflow 3.17 says "does not exist" for a missing model, and "invalid parameter" for a missing alias.
        if code == "RESOURCE_DOES_NOT_EXIST" or f"alias {ALIAS} not found" in message:
            return None
        raise TrackingError(f"MLflow at {self.uri} refused: {first_line(message)}")

    def _get(self, path: str, params: Mapping[str, Any] | None = None) -> requests.Response:
        try:
            answer = requests.get(self.uri + path, params=params, timeout=_TIMEOUT_S)
        except requests.Timeout as error:
            raise TrackingError(f"MLflow at {self.uri} did not answer within {_TIMEOUT_S:.0f} s.") from error
        except requests.RequestException as error:
            raise TrackingError(f"MLflow at {self.uri} cannot be reached ({type(error).__name__}).") from error
        if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise TrackingError(f"MLflow at {self.uri} failed (HTTP {answer.status_code}): try again.")
        return answer


def first_line(message: str) -> str:
    """Return the first line of a server's message, shortened."""
    lines = message.strip().splitlines()
    return lines[0][:300] if lines else "no reason given"
