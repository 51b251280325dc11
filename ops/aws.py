"""The target's AWS: boto3 clients, a check of the credentials, and which stacks are deployed."""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local.environment import CREDENTIALS
from local.errors import LocalError
from local.settings import Target

if TYPE_CHECKING:
    from local.loop import Loop

COMPLETE = {"CREATE_COMPLETE", "UPDATE_COMPLETE"}


QUICK_S = 3
_QUICK = Config(connect_timeout=QUICK_S, read_timeout=QUICK_S, retries={"total_max_attempts": 1})


def client(loop: Loop, service: str, *, quick: bool = False) -> Any:  # noqa: ANN401 (made by boto3 at run time)
    """A boto3 client of the target: with fixed credentials on an emulator, with the user's on AWS.

    A quick one gives up after `QUICK_S` seconds without an answer.
    """
    given_up = _QUICK if quick else Config()
    if loop.settings.target is Target.AWS:
        # boto3 reads AWS_DEFAULT_REGION only, and could use another region than the CDK.
        session = boto3.Session(region_name=os.environ.get("AWS_REGION") or None)
        return session.client(service, config=given_up)  # type: ignore[call-overload]  # any service, by name
    # AWS has a host for each part of some APIs; here one address serves all of it.
    config = Config(
        connect_timeout=5, read_timeout=15 if service == "mwaa" else 60, proxies={}, inject_host_prefix=False
    )
    return boto3.client(  # type: ignore[call-overload]  # any service, by name
        service,
        endpoint_url=loop.mwaa_url if service == "mwaa" else loop.endpoint,
        region_name=CREDENTIALS["AWS_REGION"],
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        config=config.merge(given_up),
    )


def check_access(loop: Loop, command: str) -> None:
    """Check that AWS accepts the credentials and that a region is set, before anything is started there.

    Raises:
        LocalError: It does not, or none is set.
    """
    if loop.settings.target is not Target.AWS:
        return
    try:
        client(loop, "cloudformation")
        client(loop, "sts").get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        raise LocalError(f"Cannot access AWS: {error}", remedy=access_remedy(command)) from error


def access_remedy(command: str) -> str:
    """What to do when AWS rejects a call."""
    return f"export AWS_REGION=... and credentials (such as AWS_PROFILE), then make {command}"


def stack(cloudformation: Any, name: str) -> dict[str, Any] | None:  # noqa: ANN401 (as `client`)
    """A stack as CloudFormation describes it, or None when there is none with that name.

    Raises:
        ClientError: The call was rejected, for example because the credentials expired.
    """
    try:
        found: dict[str, Any] = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":
            return None
        raise
    return found


def stack_versions(loop: Loop, *, quick: bool = False) -> dict[str, str] | None:
    """Each stack's id and a hash of its template, or None unless all are complete. A recreated stack has a new id.

    LocalStack does not tell when a stack was updated.
    """
    cloudformation = client(loop, "cloudformation", quick=quick)
    versions = {}
    for name in loop.settings.stacks:
        found = stack(cloudformation, name)
        if found is None or found["StackStatus"] not in COMPLETE:
            return None
        template = json.dumps(cloudformation.get_template(StackName=name)["TemplateBody"], sort_keys=True)
        versions[name] = f"{found['StackId']} {hashlib.sha256(template.encode()).hexdigest()}"
    return versions
