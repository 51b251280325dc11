"""The reason of a failure is found in what a command printed."""

from __future__ import annotations

import pytest

from ops.commands import reason


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (
            ["Stack | 3/9 | CREATE_FAILED | AWS::Lambda::Function | Inference | Code is too large", "❌ Stack failed"],
            "AWS::Lambda::Function | Inference | Code is too large",
        ),
        (["\x1b[31m❌  SentimentLoop-Data failed: no such role\x1b[0m"], "SentimentLoop-Data failed: no such role"),
        (["infra_cdk: throttle_rate must be positive", "exit status 1"], "infra_cdk: throttle_rate must be positive"),
        (["Traceback", "botocore.exceptions.EndpointConnectionError: no route"], "EndpointConnectionError: no route"),
        (
            ["AggregateError: connect ECONNREFUSED 127.0.0.1:4566", "Data: start: Publishing"],
            "connect ECONNREFUSED 127.0.0.1:4566",
        ),
        (
            ["AccessDenied: An error occurred (AccessDenied) when calling the Scan operation: no", "Run it again."],
            "An error occurred (AccessDenied) when calling the Scan operation: no",
        ),
        (["something odd", ""], "something odd"),
        ([], "exit code 7"),
    ],
)
def test_the_reason_is_the_line_with_the_cause(lines: list[str], why: str) -> None:
    assert reason(lines, 7) == why
