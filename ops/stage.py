"""Points the API's stage to the deployment of the API that the stack holds.

LocalStack 4.14.0 does not update `AWS::ApiGateway::Stage`: after a change of the API its stage still serves the first
deployment. It also deletes a stage together with that deployment, so the stacks retain deployments. When the stage is
right, as on ministack and AWS, nothing is done. Remove this when LocalStack answers a new route after a second
deployment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.errors import LocalError

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_cloudformation import CloudFormationClient

_GONE = {"DELETE_COMPLETE", "DELETE_SKIPPED"}


def follow_stack(cloudformation: CloudFormationClient, apigateway: APIGatewayClient, *, stack: str) -> bool:
    """Point a stack's stage to the deployment of the API that the stack holds.

    The stack needs the outputs `ApiId` and `ApiStage`. Returns whether the stage pointed to another deployment.

    Raises:
        LocalError: The stack holds none, or several.
    """
    outputs = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["Outputs"]
    named = {output["OutputKey"]: output["OutputValue"] for output in outputs}
    api_id, stage = named["ApiId"], named["ApiStage"]
    resources = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    present = [
        resource["PhysicalResourceId"]
        for page in resources
        for resource in page["StackResourceSummaries"]
        if resource["ResourceType"] == "AWS::ApiGateway::Deployment" and resource["ResourceStatus"] not in _GONE
    ]
    if len(present) != 1:
        raise LocalError(
            f"{stack} holds {len(present)} deployments of its API, but its stage can serve only one.",
            remedy="make destroy, then make deploy",
        )
    (deployment_id,) = present
    if apigateway.get_stage(restApiId=api_id, stageName=stage)["deploymentId"] == deployment_id:
        return False
    apigateway.update_stage(
        restApiId=api_id,
        stageName=stage,
        patchOperations=[{"op": "replace", "path": "/deploymentId", "value": deployment_id}],
    )
    return True
