"""The API's stage after a deployment: on the deployment of the API that the stack names.

LocalStack 4.14.0 does not update `AWS::ApiGateway::Stage`: after a change of the API its stage still serves the deployment
it was made with. Where the stage is right, as on ministack and AWS, nothing is done. This can go when
`tests/e2e` passes against a LocalStack whose stage follows by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_cloudformation import CloudFormationClient

_GONE = {"DELETE_COMPLETE", "DELETE_SKIPPED"}


def follow_stack(
    cloudformation: CloudFormationClient, apigateway: APIGatewayClient, *, stack: str, api_id: str, stage: str
) -> bool:
    """Put a stage on the deployment of the API that its stack holds, and say whether that changed anything."""
    resources = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    (deployment,) = (
        resource["PhysicalResourceId"]
        for page in resources
        for resource in page["StackResourceSummaries"]
        if resource["ResourceType"] == "AWS::ApiGateway::Deployment" and resource["ResourceStatus"] not in _GONE
    )
    deployment_id = deployment.rpartition("|")[2]  # some emulators name it together with the API
    if apigateway.get_stage(restApiId=api_id, stageName=stage)["deploymentId"] == deployment_id:
        return False
    apigateway.update_stage(
        restApiId=api_id,
        stageName=stage,
        patchOperations=[{"op": "replace", "path": "/deploymentId", "value": deployment_id}],
    )
    return True
