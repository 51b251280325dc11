"""Writes down why a cdk-nag rule does not hold for a construct, beside that construct.

The format is cdk-nag's own metadata: the app needs cdk-nag to be checked, not to be synthesised.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    import aws_cdk as cdk
    from constructs import IConstruct

_METADATA = "cdk_nag"


@dataclass(frozen=True, slots=True)
class FindingPattern:
    """Findings of a rule by a regular expression, in JavaScript's spelling: `/^Resource::.*$/`."""

    regex: str


def suppress(construct: IConstruct, rule: str, reason: str, *, finding: str | FindingPattern | None = None) -> None:
    """Except one construct from one rule.

    Args:
        construct: An L2 construct, whose resource is excepted, or a resource itself.
        rule: Such as `AwsSolutions-IAM5`.
        reason: Why the rule does not hold here; it stands in the template.
        finding: Which of a rule's several findings, such as `Resource::*`; None excepts from all.
    """
    resource = cast("cdk.CfnResource", construct.node.default_child or construct)
    known = resource.get_metadata(_METADATA) or {"rules_to_suppress": []}
    entry: dict[str, object] = {"id": rule, "reason": reason}
    if finding:
        entry["applies_to"] = [{"regex": finding.regex} if isinstance(finding, FindingPattern) else finding]
    resource.add_metadata(_METADATA, {"rules_to_suppress": [*known["rules_to_suppress"], entry]})
