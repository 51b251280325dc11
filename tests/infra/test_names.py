"""Loops with different names can share an account."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.infra.conftest import Synthesis

PHYSICAL_NAMES = {
    "AlarmName",
    "BucketName",
    "FunctionName",
    "LogGroupName",
    "QueueName",
    "RoleName",
    "TableName",
    "UsagePlanName",
}
NAMED_BY_NAME = {"AWS::ApiGateway::ApiKey", "AWS::SecretsManager::Secret"}


def test_no_resource_has_the_same_name_in_two_loops(synthesised_again: Callable[..., Synthesis]) -> None:
    """A name is unique if it contains the loop's name or refers to a resource of the stack."""
    staging = synthesised_again("local", loop_name="Staging")
    fixed = {
        (logical_id, key)
        for logical_id, resource in staging.all_resources().items()
        for key, value in resource.get("Properties", {}).items()
        if isinstance(value, str) and (key in PHYSICAL_NAMES or (key == "Name" and resource["Type"] in NAMED_BY_NAME))
        if "Staging" not in value
    }

    assert fixed == set()


def test_stacks_exports_and_api_have_the_loops_name(synthesised_again: Callable[..., Synthesis]) -> None:
    staging = synthesised_again("local", loop_name="Staging")
    (api,) = staging.resources("AWS::ApiGateway::RestApi").values()
    exports = {output["Export"]["Name"] for output in staging.data["Outputs"].values() if "Export" in output}

    assert api["Properties"]["Name"] == "Staging"
    assert {"Key": "loop", "Value": "Staging"} in api["Properties"]["Tags"]
    assert exports
    assert all(name.startswith("Staging-Data:") for name in exports)
    assert "SentimentLoop-" not in json.dumps([staging.data, staging.serving, staging.retraining])
