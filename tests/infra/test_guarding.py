"""What stands around the API on AWS: a firewall, mails about alarms and costs, a domain of one's own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.infra.conftest import Synthesis

MAIL = "on-call@example.com"
CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/abc-1"


def test_the_firewall_blocks_nothing_for_what_a_body_says(aws: Synthesis) -> None:
    (association,) = aws.resources("AWS::WAFv2::WebACLAssociation").values()
    assert "RestApiDeploymentStage" in json.dumps(association["Properties"]["ResourceArn"])
    (acl,) = aws.resources("AWS::WAFv2::WebACL").values()
    rules = acl["Properties"]["Rules"]
    groups = {rule["Name"]: rule for rule in rules if "ManagedRuleGroupStatement" in rule["Statement"]}
    counted = {
        one["Name"]
        for rule in groups.values()
        for one in rule["Statement"]["ManagedRuleGroupStatement"]["RuleActionOverrides"]
        if one["ActionToUse"] == {"Count": {}}
    }
    assert {"CrossSiteScripting_BODY", "SizeRestrictions_BODY", "Log4JRCE_BODY"} <= counted
    assert not any(rule["VisibilityConfig"]["SampledRequestsEnabled"] for rule in rules), "a sample has the review"


def test_one_address_may_ask_for_all_that_the_stage_allows(aws: Synthesis) -> None:
    (acl,) = aws.resources("AWS::WAFv2::WebACL").values()
    (rate,) = [rule for rule in acl["Properties"]["Rules"] if "RateBasedStatement" in rule["Statement"]]
    assert rate["Statement"]["RateBasedStatement"]["Limit"] == 300 * aws.settings.throttle_rate_per_s


def test_every_alarm_and_the_costs_are_mailed(synthesised: Callable[..., Synthesis]) -> None:
    mailing = synthesised("aws", alarm_email=MAIL)
    (subscription,) = mailing.resources("AWS::SNS::Subscription").values()
    assert (subscription["Properties"]["Protocol"], subscription["Properties"]["Endpoint"]) == ("email", MAIL)
    (topic,) = mailing.resources("AWS::SNS::Topic")
    for alarm in mailing.resources("AWS::CloudWatch::Alarm").values():
        assert alarm["Properties"]["AlarmActions"] == alarm["Properties"]["OKActions"] == [{"Ref": topic}]
    (budget,) = mailing.resources("AWS::Budgets::Budget").values()
    assert budget["Properties"]["Budget"]["BudgetLimit"] == {"Amount": 600, "Unit": "USD"}
    notices = budget["Properties"]["NotificationsWithSubscribers"]
    assert {one["Notification"]["NotificationType"] for one in notices} == {"ACTUAL", "FORECASTED"}
    assert {one["Address"] for notice in notices for one in notice["Subscribers"]} == {MAIL}
    assert mailing.findings == []


def test_the_api_has_a_domain_and_a_path_below_it(synthesised: Callable[..., Synthesis]) -> None:
    given = {"domain_name": "api.example.com", "certificate_arn": CERTIFICATE, "base_path": "sentiment"}
    named = synthesised("aws", **given)
    (domain,) = named.resources("AWS::ApiGateway::DomainName").values()
    assert domain["Properties"]["RegionalCertificateArn"] == CERTIFICATE
    assert domain["Properties"]["SecurityPolicy"] == "TLS_1_2"
    (mapping,) = named.resources("AWS::ApiGateway::BasePathMapping").values()
    assert mapping["Properties"]["BasePath"] == "sentiment"
    assert named.serving["Outputs"]["DomainUrl"]["Value"] == "https://api.example.com/sentiment"
    assert named.findings == []


@pytest.mark.parametrize(
    "given",
    [
        {"domain_name": "api.example.com"},
        {"certificate_arn": CERTIFICATE},
        {"base_path": "sentiment"},
        {"base_path": "a/b", "domain_name": "api.example.com", "certificate_arn": CERTIFICATE},
        {"alarm_email": "nobody"},
    ],
)
def test_half_a_setting_is_refused(synthesised: Callable[..., Synthesis], given: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="|".join(given)):
        synthesised("aws", **given)


def test_an_emulator_has_none_of_it(local: Synthesis) -> None:
    kinds = {resource["Type"].split("::")[1] for resource in local.all_resources().values()}
    assert not kinds & {"WAFv2", "Budgets", "SNS"}
