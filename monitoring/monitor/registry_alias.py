"""Which version the alias in MLflow's registry names."""

from __future__ import annotations

import urllib3

MODEL_NAME, ALIAS = "sentiment", "production"
"""Also in `training.registry.names`, which cannot be imported here."""
NO_VERSION = ""
_TIMEOUT_S = 1.0


class AliasError(Exception):
    """MLflow does not answer, or answers something else; the message says which."""


def production_alias(tracking_uri: str) -> str:
    """Return the version that the alias names; empty if there is no alias.

    Raises:
        AliasError: MLflow does not answer, or answers something else.
    """
    url = f"{tracking_uri.rstrip('/')}/api/2.0/mlflow/registered-models/alias"
    try:
        answer = urllib3.request(
            "GET",
            url,
            fields={"name": MODEL_NAME, "alias": ALIAS},
            timeout=urllib3.Timeout(total=_TIMEOUT_S),
            retries=False,
        )
        found = answer.json()
        # MLflow 3.17 says "does not exist" of a missing model, and "invalid parameter" of a missing alias.
        if found.get("error_code") == "RESOURCE_DOES_NOT_EXIST" or f"alias {ALIAS} not found" in found.get(
            "message", ""
        ):
            return NO_VERSION
        return str(found["model_version"]["version"])
    except urllib3.exceptions.HTTPError as error:
        raise AliasError(f"MLflow does not answer: {error}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise AliasError(f"MLflow's answer, with status {answer.status}, names no version") from error
