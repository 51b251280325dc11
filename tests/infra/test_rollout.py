"""On AWS, a new version of a function that clients call gets a tenth of the calls first, and alarms take it back."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.infra.conftest import Resource, Synthesis

CALLED = ("InferenceFunction", "FeedbackFunction")


def aliases(aws: Synthesis) -> dict[str, Resource]:
    """Return the aliases by the logical id of their function."""
    found = aws.resources("AWS::Lambda::Alias").values()
    return {alias["Properties"]["FunctionName"]["Ref"]: alias for alias in found}


def test_clients_call_the_alias_of_a_version_and_nothing_else(aws: Synthesis) -> None:
    assert aliases(aws).keys() == {aws.output_ref(function) for function in CALLED}
    called = [
        json.dumps(method["Properties"]["Integration"]["Uri"])
        for method in aws.resources("AWS::ApiGateway::Method").values()
        if "Uri" in method["Properties"].get("Integration", {})
    ]
    for function in CALLED:
        assert not [uri for uri in called if f'"{aws.output_ref(function)}", "Arn"' in uri]
    assert len([uri for uri in called if "RolloutAlias" in uri]) == len(called) - 1, "Alertmanager's function has none"


def test_codedeploy_moves_a_tenth_first_and_goes_back_on_an_alarm(aws: Synthesis) -> None:
    alarms = aws.resources("AWS::CloudWatch::Alarm")
    groups = aws.resources("AWS::CodeDeploy::DeploymentGroup")
    assert len(groups) == len(CALLED)
    for alias in aliases(aws).values():
        update = alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
        group = groups[update["DeploymentGroupName"]["Ref"]]["Properties"]
        assert group["DeploymentConfigName"] == "CodeDeployDefault.LambdaCanary10Percent5Minutes"
        assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]
        watched = [alarms[one["Name"]["Ref"]]["Properties"] for one in group["AlarmConfiguration"]["Alarms"]]
        assert {alarm["MetricName"] for alarm in watched} == {"Errors", "Duration"}
        for alarm in watched:
            (of_alias,) = [one["Value"] for one in alarm["Dimensions"] if one["Name"] == "Resource"]
            assert ":live" in json.dumps(of_alias)


def test_the_version_before_stays(aws: Synthesis) -> None:
    versions = aws.resources("AWS::Lambda::Version").values()
    assert len(versions) == len(CALLED)
    assert {version["DeletionPolicy"] for version in versions} == {"Retain"}


@pytest.mark.skipif(sys.version_info < (3, 12), reason="Lambda has no snapshots of Python 3.11")
def test_functions_that_clients_call_begin_from_a_snapshot(aws: Synthesis) -> None:
    functions = aws.resources("AWS::Lambda::Function")
    found = {name for name, one in functions.items() if one["Properties"].get("SnapStart")}
    assert found == {aws.output_ref(function) for function in CALLED}


def test_an_emulator_which_weighs_no_alias_has_none_of_it(local: Synthesis) -> None:
    kinds = {resource["Type"] for resource in local.all_resources().values()}
    assert not kinds & {"AWS::Lambda::Alias", "AWS::Lambda::Version", "AWS::CodeDeploy::DeploymentGroup"}
    assert not [one for one in local.resources("AWS::Lambda::Function").values() if "SnapStart" in one["Properties"]]


def test_a_snapshot_without_versions_is_refused(synthesised: Callable[..., Synthesis]) -> None:
    with pytest.raises(ValueError, match="snap_start needs gradual_rollout"):
        synthesised("aws", gradual_rollout="false")
