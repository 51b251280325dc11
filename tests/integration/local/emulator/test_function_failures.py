"""A function that does not start or crashes: the answer to its caller, and the files that it leaves."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import httpx
import pytest
import tenacity

from ops import aws
from tests.integration.local.emulator.functions import create_function

if TYPE_CHECKING:
    from local.loop import Loop

ERROR = {"error": {"code": "internal", "message": "Try again."}}
CAUSES = {
    "ends while starting": "import os\nos._exit(1)",
    "cannot be imported": "raise ValueError('a secret path')",
    "dies": "import os\ndef handler(event, context): os._exit(1)",
    "raises": "def handler(event, context): raise ValueError('a secret path')",
}


@pytest.mark.parametrize("cause", CAUSES)
def test_a_failed_function_is_answered_by_the_gateways_response(emptied: Loop, cause: str) -> None:
    log = emptied.state_dir / "logs" / "emulator.log"  # which the supervisor writes, a moment later
    before = len(log.read_text())
    create_function(emptied, "faulty", {"index.py": CAUSES[cause]})
    answer = httpx.get(_api(emptied, "faulty"), trust_env=False, timeout=30)
    assert answer.status_code == 502
    assert answer.json() == ERROR
    assert answer.headers["x-request-id"]
    for attempt in tenacity.Retrying(wait=tenacity.wait_fixed(0.1), stop=tenacity.stop_after_delay(20), reraise=True):
        with attempt:
            assert "a function failed" in log.read_text()[before:]


def test_a_function_that_fails_to_start_leaves_no_folder(emptied: Loop) -> None:
    scratch = emptied.state_dir / "emulator" / "scratch"
    before = set(scratch.iterdir())
    client = create_function(emptied, "faulty", {"index.py": CAUSES["ends while starting"]})
    with ThreadPoolExecutor(8) as callers:
        answers = list(callers.map(lambda _: client.invoke(FunctionName="faulty"), range(32)))
    assert all(answer["FunctionError"] for answer in answers)
    assert set(scratch.iterdir()) <= before


def _api(loop: Loop, function: str) -> str:
    """Create an API with the function at its root and its own error response; return the URL."""
    gateway = aws.client(loop, "apigateway")
    api = gateway.create_rest_api(name="api")["id"]
    (root,) = gateway.get_resources(restApiId=api)["items"]
    call = {"restApiId": api, "resourceId": root["id"], "httpMethod": "GET"}
    gateway.put_method(**call, authorizationType="NONE")
    gateway.put_integration(
        **call,
        type="AWS_PROXY",
        integrationHttpMethod="POST",
        uri=(
            "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
            f"arn:aws:lambda:us-east-1:000000000000:function:{function}/invocations"
        ),
    )
    gateway.put_gateway_response(
        restApiId=api,
        responseType="DEFAULT_5XX",
        responseParameters={"gatewayresponse.header.x-request-id": "context.requestId"},
        responseTemplates={"application/json": json.dumps(ERROR)},
    )
    gateway.create_deployment(restApiId=api, stageName="live")
    return f"{loop.endpoint}/_aws/execute-api/{api}/live/"
