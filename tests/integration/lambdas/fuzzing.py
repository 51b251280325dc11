"""Checks an API against its OpenAPI document, with valid and invalid inputs that schemathesis generates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

if TYPE_CHECKING:
    from starlette.types import ASGIApp

# A generated id can be older than any prediction: then 410 is the right answer. What only reviewers may send is refused
# with 403, and so is what they may not.
_ACCEPTED = {"positive_data_acceptance": {"expected-statuses": ["2xx", "403", "404", "410", "429"]}}


def fuzz_application(app: ASGIApp, *, api_key: str, seconds: int) -> list[str]:
    """Fuzz an application that serves its document at `/openapi.json`, and return its failures."""
    config = _config(seconds, api_key)
    return _failures(schemathesis.openapi.from_asgi("/openapi.json", app, config=config))


def fuzz_url(base_url: str, *, api_key: str, seconds: int) -> list[str]:
    """Fuzz a deployed API, and return its failures.

    Args:
        base_url: With the stage, without a slash at the end, such as `http://127.0.0.1:4566/_aws/execute-api/ab12/v1`.
        api_key: Sent as `x-api-key`.
        seconds: Time after which no new input is tried.
    """
    config = _config(seconds, api_key)
    config.projects.default.update(base_url=base_url)
    # The gateway answers 404, not 405, to another method of a known path.
    config.projects.default.checks.unsupported_method.enabled = False
    return _failures(schemathesis.openapi.from_url(f"{base_url}/openapi.json", config=config))


def _config(seconds: int, api_key: str) -> SchemathesisConfig:
    return SchemathesisConfig.from_dict(
        {
            "max-time": seconds,
            "headers": {"x-api-key": api_key},
            "generation": {"deterministic": True, "max-examples": 100, "with-security-parameters": False},
            "checks": _ACCEPTED,
        }
    )


def _failures(schema: Any) -> list[str]:  # noqa: ANN401 - schemathesis names no public type
    failures: list[str] = []
    tried = 0
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            tried += len(event.recorder.cases)
            for case_id, checks in event.recorder.checks.items():
                failures += [
                    f"{event.recorder.label}: {check.name}: {check.failure_info.failure.title}: "
                    f"{check.failure_info.failure.message}\n{event.recorder.cases[case_id].value.as_curl_command()}"
                    for check in checks
                    if check.failure_info
                ]
        elif isinstance(event, events.NonFatalError | events.FatalError):
            failures.append(str(event))
    return failures if tried else ["no input was tried"]
