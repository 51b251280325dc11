"""Stacks, regions and credentials of the target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from local.errors import LocalError
from local.loop import open_loop
from local.settings import Settings, Target
from local.terminal import Terminal
from ops import aws

if TYPE_CHECKING:
    from pathlib import Path

    from local.loop import Loop


def test_only_a_stack_that_does_not_exist_counts_as_none() -> None:
    # With botocore's stub, because emulators accept any credentials and report no expired token.
    cloudformation = boto3.client(
        "cloudformation", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
    )
    with Stubber(cloudformation) as answers:
        answers.add_client_error("describe_stacks", "ValidationError", "Stack with id CDKToolkit does not exist")
        assert aws.stack(cloudformation, "CDKToolkit") is None
        answers.add_client_error("describe_stacks", "ExpiredToken", "The security token is expired")
        with pytest.raises(ClientError, match="ExpiredToken"):
            aws.stack(cloudformation, "CDKToolkit")


@pytest.fixture
def on_aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Loop:
    for name, value in {"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    return open_loop(Settings(local_dir=tmp_path, target=Target.AWS), Terminal(tmp_path / "timings.json"))


def test_the_region_is_the_one_that_the_cdk_deploys_to(on_aws: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    assert aws.client(on_aws, "cloudformation").meta.region_name == "us-east-1"
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    assert aws.client(on_aws, "cloudformation").meta.region_name == "eu-central-1"


@pytest.mark.parametrize(("region", "missing"), [("", "region"), ("eu-central-1", "credentials")])
def test_a_missing_region_or_credentials_are_reported_first(
    on_aws: Loop, monkeypatch: pytest.MonkeyPatch, region: str, missing: str
) -> None:
    monkeypatch.setenv("AWS_REGION", region)
    with pytest.raises(LocalError, match=missing) as told:
        aws.check_access(on_aws, "deploy")
    assert told.value.remedy.startswith("export AWS_REGION=... and credentials")
