"""The gateway of the embedded emulator names the API key to the function, as AWS does."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from local.settings import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PYTHON = str(ROOT / ".emulator" / "bin" / "python")

AN_EVENT = """
import json, sys
from local.emulator import api_keys
from ministack.services import apigateway_v1

api_keys.install()
apigateway_v1._create_api_key({"name": "first", "value": "value-of-the-first-api-key", "enabled": True})
key = next(iter(apigateway_v1._api_keys.values()))
method, headers = json.loads(sys.argv[1])
resource = {"id": "r", "path": "/audit", "resourceMethods": {"GET": {"apiKeyRequired": True}, "POST": {}}}
stage = {"variables": None}
event = apigateway_v1._build_lambda_event_v1("api", "v1", stage, resource, "/audit", method, headers, b"", {}, {})
identity = event["requestContext"]["identity"]
print(identity.get("apiKeyId") == key["id"], identity.get("apiKey"))
"""


@pytest.mark.parametrize(
    ("request_json", "named"),
    [
        ('["GET", {"x-api-key": "value-of-the-first-api-key"}]', "True value-of-the-first-api-key"),
        ('["GET", {"x-api-key": "another", "apiKeyId": "r"}]', "False None"),
        ('["POST", {"x-api-key": "value-of-the-first-api-key"}]', "False None"),
    ],
    ids=["checked", "unknown", "not required"],
)
def test_a_function_gets_the_id_of_the_key_that_was_checked(tmp_path: Path, request_json: str, named: str) -> None:
    done = subprocess.run(
        [PYTHON, "-c", AN_EVENT, request_json],
        cwd=ROOT,
        env={"TMPDIR": str(tmp_path), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.strip() == named, done.stderr
