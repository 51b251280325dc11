"""What a deployment gives: stack outputs, the API's address and key, written for people, shells and tests."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from local.addresses import API_PREFIX
from local.environment import CREDENTIALS
from local.files import read_object, write_whole
from local.settings import Target

if TYPE_CHECKING:
    from local.loop import Loop

COMPLETE = {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
_OF_STACKS = {
    "ARTIFACTS_BUCKET": "ArtifactsBucket",
    "LAKE_BUCKET": "LakeBucket",
    "PREDICTIONS_TABLE": "PredictionsTable",
    "FEEDBACK_TABLE": "FeedbackTable",
    "QUALITY_TABLE": "QualityTable",
}


def client(loop: Loop, service: str) -> Any:  # noqa: ANN401 (boto3 makes its clients' classes at run time)
    """A boto3 client of the target: with its own fixed credentials on an emulator, the user's on AWS."""
    if loop.settings.target is Target.AWS:
        return boto3.Session().client(service)  # type: ignore[call-overload]  # any service, by name
    return boto3.client(  # type: ignore[call-overload]  # any service, by name
        service,
        endpoint_url=loop.endpoint,
        region_name=CREDENTIALS["AWS_REGION"],
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        config=Config(connect_timeout=5, read_timeout=60, proxies={}),
    )


def stack(cloudformation: Any, name: str) -> dict[str, Any] | None:  # noqa: ANN401 (as `client`)
    """A stack as CloudFormation describes it, or None when there is none of that name.

    Raises:
        ClientError: It could not be asked, such as with credentials that expired.
    """
    try:
        found: dict[str, Any] = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":
            return None
        raise
    return found


def stack_ids(loop: Loop) -> dict[str, str] | None:
    """The ids of the deployed stacks, or None unless each stands complete. A stack made anew has a new id."""
    cloudformation = client(loop, "cloudformation")
    ids = {}
    for name in (loop.settings.data_stack, loop.settings.serving_stack):
        found = stack(cloudformation, name)
        if found is None or found["StackStatus"] not in COMPLETE:
            return None
        ids[name] = found["StackId"]
    return ids


def write(loop: Loop) -> dict[str, str]:
    """Read the stacks' outputs and the API key's value; write `outputs.json` and `env`, for this user only."""
    cloudformation = client(loop, "cloudformation")
    outputs = {
        output["OutputKey"]: output["OutputValue"]
        for name in (loop.settings.data_stack, loop.settings.serving_stack)
        for output in cloudformation.describe_stacks(StackName=name)["Stacks"][0]["Outputs"]
    }
    key = client(loop, "apigateway").get_api_key(apiKey=outputs["ApiKeyId"], includeValue=True)["value"]
    if loop.settings.target is not Target.AWS:
        outputs["ApiUrl"] = f"{loop.endpoint}{API_PREFIX}{outputs['ApiId']}/{outputs['ApiStage']}"
    found = {
        **outputs,
        "target": loop.settings.target.value,
        "endpoint": "" if loop.settings.target is Target.AWS else loop.endpoint,
        "api_url": outputs["ApiUrl"].rstrip("/"),
        "api_key": key,
    }
    if loop.settings.target is not Target.AWS:  # which has no tracking server of ours
        found["mlflow_url"] = loop.mlflow_url
    write_whole(loop.state_dir / "outputs.json", json.dumps(found, indent=2) + "\n")
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in for_commands(loop, found).items()]
    write_whole(loop.state_dir / "env", "".join(lines))
    return found


def read(loop: Loop) -> dict[str, str]:
    """What the last deployment gave; empty when there was none."""
    return read_object(loop.state_dir / "outputs.json")


def for_commands(loop: Loop, found: dict[str, str]) -> dict[str, str]:
    """The environment variables that name this deployment, for command lines and tests."""
    named = {variable: found[output] for variable, output in _OF_STACKS.items()}
    named |= {"API_URL": found["api_url"], "API_KEY": found["api_key"]}
    if loop.settings.target is Target.AWS:
        return named
    endpoint = found["endpoint"]
    endpoints = {"AWS_ENDPOINT_URL": endpoint, "AWS_ENDPOINT_URL_S3": endpoint}
    return CREDENTIALS | endpoints | named | {"MLFLOW_TRACKING_URI": found["mlflow_url"]}
