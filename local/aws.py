"""AWS as this room asks it: clients of the target, and which stacks stand there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from local.environment import CREDENTIALS
from local.settings import Target

if TYPE_CHECKING:
    from local.loop import Loop

COMPLETE = {"CREATE_COMPLETE", "UPDATE_COMPLETE"}


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
