"""A stage that an emulator did not update."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from local.errors import LocalError
from ops.stage import follow_stack

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_cloudformation import CloudFormationClient

RETAINED = ("AWS::ApiGateway::Deployment", "first", "DELETE_SKIPPED")
PRESENT = ("AWS::ApiGateway::Deployment", "second", "CREATE_COMPLETE")
OTHER = ("AWS::ApiGateway::Stage", "v1", "UPDATE_COMPLETE")


class FakeCloudFormation:
    """A stack with two pages of resources."""

    def __init__(self, *last: tuple[str, str, str]) -> None:
        self.last = last

    def describe_stacks(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803 - boto3's spelling
        outputs = {"ApiId": "api", "ApiStage": "v1"}
        named = [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()]
        return {"Stacks": [{"StackName": StackName, "Outputs": named}]}

    def get_paginator(self, name: str) -> FakeCloudFormation:
        assert name == "list_stack_resources"
        return self

    def paginate(self, *, StackName: str) -> list[dict[str, Any]]:  # noqa: N803 - boto3's spelling
        assert StackName
        keys = ("ResourceType", "PhysicalResourceId", "ResourceStatus")
        return [
            {"StackResourceSummaries": [dict(zip(keys, one, strict=True)) for one in page]}
            for page in ([OTHER, RETAINED], self.last)
        ]


class FakeGateway:
    """One API with one stage."""

    def __init__(self, deployment_id: str) -> None:
        self.deployment_id = deployment_id

    def get_stage(self, **stage: str) -> dict[str, str]:
        assert stage == {"restApiId": "api", "stageName": "v1"}
        return {"deploymentId": self.deployment_id}

    def update_stage(self, *, patchOperations: list[dict[str, str]], **stage: str) -> None:  # noqa: N803 - as above
        assert stage == {"restApiId": "api", "stageName": "v1"}
        (operation,) = patchOperations
        assert (operation["op"], operation["path"]) == ("replace", "/deploymentId")
        self.deployment_id = operation["value"]


@pytest.mark.parametrize(("serves", "changed"), [("first", True), ("second", False)])
def test_a_stage_is_pointed_to_the_deployment_of_its_stack(serves: str, *, changed: bool) -> None:
    gateway = FakeGateway(serves)

    was_behind = follow_stack(
        cast("CloudFormationClient", FakeCloudFormation(PRESENT)), cast("APIGatewayClient", gateway), stack="Serving"
    )

    assert was_behind is changed
    assert gateway.deployment_id == "second"


@pytest.mark.parametrize("present", [(), (PRESENT, ("AWS::ApiGateway::Deployment", "third", "CREATE_COMPLETE"))])
def test_a_stack_without_exactly_one_deployment_is_an_error(present: tuple[tuple[str, str, str], ...]) -> None:
    cloudformation, gateway = FakeCloudFormation(*present), FakeGateway("first")
    with pytest.raises(LocalError, match=rf"Serving holds {len(present)} deployments of its API"):
        follow_stack(cast("CloudFormationClient", cloudformation), cast("APIGatewayClient", gateway), stack="Serving")
    assert gateway.deployment_id == "first"
