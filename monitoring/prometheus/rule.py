"""What a rule of Prometheus is, and how rules are written as YAML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import yaml

from monitoring.prometheus.windows import duration
from sentiment.schemas.alerts import RETRAIN, RETRAIN_LABEL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitoring.prometheus.windows import Severity

RUNBOOK = "docs/runbook.md"
"""The page with a section for each alert, in this repository."""
NEEDS_LABEL = "needs"
Needs = Literal["monitor", "functions", "pushgateway", "prometheus"]
"""Whose numbers an alert rests on: while they are missing, that is what people are told."""
_HEADER = "# Written by `python -m monitoring.prometheus rules`: change monitoring/prometheus/alerts.py instead.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A series that Prometheus computes from others.

    Attributes:
        name: Its name.
        expression: What it is computed from.
    """

    name: str
    expression: str

    def as_rule(self, runbook: str) -> dict[str, Any]:
        """Return it as Prometheus reads it."""
        del runbook
        return {"record": self.name, "expr": self.expression}


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An alert, for each label set that its expression returns.

    Attributes:
        name: Its name, which is also the heading of its section in the runbook.
        severity: Whether it wakes somebody.
        needs: Whose numbers it rests on.
        expression: What is wrong, if it returns anything.
        summary: What is wrong, in a line; a template.
        description: What that means, with the numbers; a template.
        for_s: Seconds for which the expression must return something.
        keep_s: Seconds for which the alert goes on when it no longer does.
        retrain: Whether it starts a retraining.
    """

    name: str
    severity: Severity
    needs: Needs
    expression: str
    summary: str
    description: str
    for_s: int = 0
    keep_s: int = 0
    retrain: bool = False

    def as_rule(self, runbook: str) -> dict[str, Any]:
        """Return it as Prometheus reads it, with a link to its section of the runbook at this address."""
        labels: dict[str, str] = {"severity": self.severity, NEEDS_LABEL: self.needs}
        if self.retrain:
            labels[RETRAIN_LABEL] = RETRAIN
        return {
            "alert": self.name,
            "expr": self.expression,
            **({"for": duration(self.for_s)} if self.for_s else {}),
            **({"keep_firing_for": duration(self.keep_s)} if self.keep_s else {}),
            "labels": labels,
            "annotations": {
                "summary": self.summary,
                "description": self.description,
                "runbook_url": f"{runbook}#{self.name.lower()}",
            },
        }


@dataclass(frozen=True, slots=True)
class Group:
    """Rules that are evaluated one after the other, at the same time.

    Attributes:
        name: Its name.
        interval_s: Seconds between two evaluations.
        rules: The rules, those that others read first.
    """

    name: str
    interval_s: int
    rules: Sequence[Record | Alert]


def as_yaml(groups: Sequence[Group], *, runbook: str) -> str:
    """Return the text of a rule file."""
    written = [
        {
            "name": group.name,
            "interval": duration(group.interval_s),
            "rules": [rule.as_rule(runbook) for rule in group.rules],
        }
        for group in groups
    ]
    return _HEADER + yaml.dump({"groups": written}, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as such."""


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)
