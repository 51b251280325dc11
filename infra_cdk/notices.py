"""Mails to whoever looks after the loop: alarms, and what the account costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct, IConstruct

if TYPE_CHECKING:
    from infra_cdk.settings import Settings

_EARLY_PERCENT = 80
"""Of the budget: when the forecast reaches all of it, or the costs this share, there is still time."""


class Notices(Construct):
    """A topic that mails; AWS asks the address for its consent first."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        key = kms.Key(self, "Key", description="Alarms of Sentiment Loop", enable_key_rotation=True)
        # The key that AWS keeps for topics cannot be used by CloudWatch.
        key.grant_encrypt_decrypt(iam.ServicePrincipal("cloudwatch.amazonaws.com"))
        self._topic = sns.Topic(self, "Topic", master_key=key, enforce_ssl=True)
        self._topic.add_subscription(subscriptions.EmailSubscription(settings.alarm_email))
        if settings.monthly_budget_usd:
            self._add_budget(settings)

    def mail_all_alarms(self, within: IConstruct) -> None:
        """Mail when an alarm below a construct begins, and when it ends."""
        for one in within.node.find_all():
            if isinstance(one, cloudwatch.Alarm):
                one.add_alarm_action(actions.SnsAction(self._topic))
                one.add_ok_action(actions.SnsAction(self._topic))

    def _add_budget(self, settings: Settings) -> None:
        """Mail when the account's month costs more, or will: costs are known by loop only where tags are activated."""
        mail = budgets.CfnBudget.SubscriberProperty(address=settings.alarm_email, subscription_type="EMAIL")
        budgets.CfnBudget(
            self,
            "Budget",
            budget=budgets.CfnBudget.BudgetDataProperty(
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=budgets.CfnBudget.SpendProperty(amount=settings.monthly_budget_usd, unit="USD"),
            ),
            notifications_with_subscribers=[
                budgets.CfnBudget.NotificationWithSubscribersProperty(
                    notification=budgets.CfnBudget.NotificationProperty(
                        comparison_operator="GREATER_THAN",
                        notification_type=kind,
                        threshold=percent,
                        threshold_type="PERCENTAGE",
                    ),
                    subscribers=[mail],
                )
                for kind, percent in (("ACTUAL", _EARLY_PERCENT), ("FORECASTED", 100))
            ],
        )
