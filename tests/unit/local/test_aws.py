"""What is asked of the target's CloudFormation."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from local import aws


def test_only_a_stack_that_does_not_exist_counts_as_none() -> None:
    cloudformation = boto3.client(
        "cloudformation", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
    )
    with Stubber(cloudformation) as answers:
        answers.add_client_error("describe_stacks", "ValidationError", "Stack with id CDKToolkit does not exist")
        assert aws.stack(cloudformation, "CDKToolkit") is None
        answers.add_client_error("describe_stacks", "ExpiredToken", "The security token is expired")
        with pytest.raises(ClientError, match="ExpiredToken"):
            aws.stack(cloudformation, "CDKToolkit")
