"""Each alert fires when it should and only then: `promtool test rules` on the cases beside this file."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import needs
from tests.unit.monitoring.prometheus.test_rules import alerts

CASES = sorted((Path(__file__).parent / "cases").glob("*.yml"))
_LABEL = re.compile(r'(\w+)="([^"]*)"')


@pytest.mark.parametrize("file", CASES, ids=lambda path: path.stem)
def test_alerts_fire_in_the_cases_where_they_should_and_only_there(file: Path) -> None:
    done = subprocess.run(
        [needs.promtool(), "test", "rules", file.name], cwd=file.parent, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_has_a_case_that_fires_and_one_that_does_not() -> None:
    fires, silent = set[tuple[str, str]](), set[tuple[str, str]]()
    for case in (case for file in CASES for case in yaml.safe_load(file.read_text())["tests"]):
        about = case["name"].partition(":")[0]
        for check in case["promql_expr_test"]:
            if "ALERTS" in check["expr"]:
                found = firing(check)
                fires |= {(name, severity) for name, severity in found if name == about}
                silent |= {(about, severity) for severity in ("page", "ticket") if (about, severity) not in found}
    declared = {(alert.name, alert.severity) for alert in alerts()}

    assert declared - fires == set()
    assert declared - silent == set()


def firing(check: dict[str, Any]) -> set[tuple[str, str]]:
    """Return name and severity of the alerts that must fire at the time of a check."""
    labels = [dict(_LABEL.findall(sample["labels"])) for sample in check.get("exp_samples", [])]
    return {(one["alertname"], one["severity"]) for one in labels}
