"""The web ACL in front of the API: addresses of bad reputation, known attacks, and callers who ask too often.

What a review says does not matter: markup, code or ten thousand characters in a text are what the API is for. So only
rules that look at addresses, paths and headers block; those that look at bodies count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

if TYPE_CHECKING:
    from aws_cdk import aws_apigateway as apigateway

_MANAGED = {
    "AWSManagedRulesAmazonIpReputationList": (),
    "AWSManagedRulesKnownBadInputsRuleSet": (*("JavaDeserializationRCE_BODY", "Log4JRCE_BODY", "ReactJSRCE_BODY"),),
    "AWSManagedRulesCommonRuleSet": (
        *("SizeRestrictions_BODY", "EC2MetaDataSSRF_BODY", "GenericLFI_BODY", "GenericRFI_BODY"),
        *("CrossSiteScripting_BODY", "NoUserAgent_HEADER"),
    ),
}
"""The groups of rules that AWS keeps, each with the rules that count only. A program need not say what it is."""


class Firewall(Construct):
    """A web ACL on a stage of the API."""

    def __init__(
        self, scope: Construct, construct_id: str, *, stage: apigateway.Stage, most_requests_in_5_min: int
    ) -> None:
        """Declare it; a caller's address is blocked while it has sent more requests in five minutes."""
        super().__init__(scope, construct_id)
        managed = [
            wafv2.CfnWebACL.RuleProperty(
                name=name,
                priority=priority,
                override_action=wafv2.CfnWebACL.OverrideActionProperty(none={}),
                statement=wafv2.CfnWebACL.StatementProperty(
                    managed_rule_group_statement=wafv2.CfnWebACL.ManagedRuleGroupStatementProperty(
                        vendor_name="AWS",
                        name=name,
                        rule_action_overrides=[
                            wafv2.CfnWebACL.RuleActionOverrideProperty(
                                name=counted, action_to_use=wafv2.CfnWebACL.RuleActionProperty(count={})
                            )
                            for counted in only_counted
                        ],
                    )
                ),
                visibility_config=_measured(name),
            )
            for priority, (name, only_counted) in enumerate(_MANAGED.items(), start=1)
        ]
        rate = wafv2.CfnWebACL.RuleProperty(
            name="Rate",
            priority=0,
            action=wafv2.CfnWebACL.RuleActionProperty(block={}),
            statement=wafv2.CfnWebACL.StatementProperty(
                rate_based_statement=wafv2.CfnWebACL.RateBasedStatementProperty(
                    limit=most_requests_in_5_min, aggregate_key_type="IP"
                )
            ),
            visibility_config=_measured("Rate"),
        )
        acl = wafv2.CfnWebACL(
            self,
            "Acl",
            scope="REGIONAL",
            default_action=wafv2.CfnWebACL.DefaultActionProperty(allow={}),
            visibility_config=_measured(cdk.Names.unique_resource_name(self, max_length=100)),
            rules=[rate, *managed],
        )
        wafv2.CfnWebACLAssociation(self, "Association", resource_arn=stage.stage_arn, web_acl_arn=acl.attr_arn)


def _measured(name: str) -> wafv2.CfnWebACL.VisibilityConfigProperty:
    """Count what a rule does as a metric; keep no request, which may hold a review."""
    return wafv2.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=False
    )
