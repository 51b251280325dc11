"""cdk-nag's AwsSolutions, with a reason for each suppression."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from infra_cdk.nag import suppress

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import aws_cdk

    from tests.infra.conftest import Synthesis


@pytest.mark.parametrize("target", ["local", "aws"])
def test_aws_solutions_has_no_unsuppressed_findings(target: str, synthesised: Callable[[str], Synthesis]) -> None:
    assert synthesised(target).findings == []


def test_the_rules_are_applied(tmp_path: Path, findings_of: Callable[[aws_cdk.App], list[str]]) -> None:
    """A bucket without settings breaks two rules, and only one is suppressed."""
    import aws_cdk as cdk  # noqa: PLC0415 - after the conftest has made its services lazy
    from aws_cdk import aws_s3 as s3  # noqa: PLC0415 - the same

    app = cdk.App(outdir=str(tmp_path))
    bucket = s3.Bucket(cdk.Stack(app, "Careless"), "Bucket")
    suppress(bucket, "AwsSolutions-S1", "This test is about the other rule.")

    (finding,) = findings_of(app)
    assert "AwsSolutions-S10" in finding


def test_every_suppression_has_a_reason(aws: Synthesis) -> None:
    suppressed = [
        rule
        for resource in aws.all_resources().values()
        for rule in resource.get("Metadata", {}).get("cdk_nag", {}).get("rules_to_suppress", [])
    ]

    assert {rule["id"] for rule in suppressed} == {
        *("AwsSolutions-S1", "AwsSolutions-SMG4", "AwsSolutions-SQS3", "AwsSolutions-L1"),
        *("AwsSolutions-IAM4", "AwsSolutions-IAM5"),
        *("AwsSolutions-APIG2", "AwsSolutions-APIG4", "AwsSolutions-COG4"),
    }
    assert all(len(rule["reason"].split()) > 5 for rule in suppressed)
    assert all("applies_to" in rule for rule in suppressed if rule["id"] == "AwsSolutions-IAM5")
