"""Suppresses findings of cdk-nag, each with a reason.

It writes cdk-nag's metadata itself: cdk-nag is needed to check the app, not to synthesise it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    import aws_cdk as cdk
    from constructs import IConstruct

_METADATA = "cdk_nag"


def suppress(construct: IConstruct, rule: str, reason: str, *, finding: str | None = None) -> None:
    """Suppress a rule for one construct.

    Args:
        construct: An L2 construct, or a resource.
        rule: Such as `AwsSolutions-IAM5`.
        reason: Why the rule does not apply; it is written to the template.
        finding: One of the rule's findings, such as `Resource::*`, or a regular expression of them in JavaScript's
            syntax, `/^Resource::.*$/`; None for all.
    """
    resource = cast("cdk.CfnResource", construct.node.default_child or construct)
    known = resource.get_metadata(_METADATA) or {"rules_to_suppress": []}
    entry: dict[str, object] = {"id": rule, "reason": reason}
    if finding:
        entry["applies_to"] = [{"regex": finding} if finding.startswith("/") else finding]
    resource.add_metadata(_METADATA, {"rules_to_suppress": [*known["rules_to_suppress"], entry]})
