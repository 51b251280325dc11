"""A construct with a role that may do only what is allowed here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam
from constructs import Construct

from infra_cdk.nag import suppress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_s3 as s3


class WithRole(Construct):
    """A construct with a role.

    Attributes:
        role: The role, which a subclass declares.
    """

    role: iam.Role

    def allow(self, *actions: str, on: str | Sequence[str]) -> None:
        """Allow actions, such as `dynamodb:PutItem`, on one ARN or several."""
        resources = [on] if isinstance(on, str) else list(on)
        self.role.add_to_policy(iam.PolicyStatement(actions=list(actions), resources=resources))

    def allow_objects(self, *actions: str, bucket: s3.IBucket, prefixes: Sequence[str]) -> None:
        """Allow actions, such as `s3:GetObject`, on the objects under prefixes, each with a slash at the end."""
        for prefix in prefixes:
            self.allow(*actions, on=bucket.arn_for_objects(f"{prefix}*"))
            reason = f"The names of objects under {prefix} are not known in advance."
            self.suppress_wildcard(reason, rf"/^Resource::.*\/{escaped(prefix.rstrip('/'))}\/\*$/")

    def suppress_wildcard(self, reason: str, finding: str) -> None:
        """Suppress one of cdk-nag's findings of a wildcard in the role's policy."""
        suppress(self.role.node.find_child("DefaultPolicy"), "AwsSolutions-IAM5", reason, finding=finding)


def escaped(text: str) -> str:
    """Return a text as part of a regular expression in JavaScript's syntax."""
    return re.escape(text).replace("/", r"\/")
