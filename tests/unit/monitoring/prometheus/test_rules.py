"""The rules are what their declaration says, read metrics that exist, and lead to the runbook."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from monitoring.prometheus.alerts import groups
from monitoring.prometheus.rule import RUNBOOK, Alert, Record
from monitoring.prometheus.windows import REAL, SHORTENED, Windows, duration
from monitoring.prometheus.writing import COMMITTED, Drilled, rule_files, write_rules
from sentiment.schemas import metrics
from tests import needs
from tests.unit.monitoring.promql import metrics_of

ROOT = Path(__file__).parents[4]
OF_PROMETHEUS = {"up", "push_time_seconds", "push_failure_time_seconds"}
"""Metrics of Prometheus itself and of the pushgateway, which no code of ours writes."""
PARTS_OF_HISTOGRAMS = ("_bucket", "_count", "_sum")
BOTH = pytest.mark.parametrize("windows", [REAL, SHORTENED], ids=["real", "shortened"])


def rules(windows: Windows = REAL) -> list[Record | Alert]:
    return [rule for found in groups(windows).values() for group in found for rule in group.rules]


def alerts() -> list[Alert]:
    return [rule for rule in rules() if isinstance(rule, Alert)]


def known_metrics() -> set[str]:
    """Return the names of all metrics that are declared, as Prometheus stores them."""
    declared = [value for value in vars(metrics).values() if isinstance(value, metrics.Metric)]
    declared += [one for value in vars(metrics).values() if isinstance(value, metrics.WithBounds) for one in value]
    parts = {f"{one.name}{part}" for one in declared if one.kind == "histogram" for part in PARTS_OF_HISTOGRAMS}
    return {one.name for one in declared if one.kind != "histogram"} | parts


def test_the_committed_rules_are_those_that_are_declared() -> None:
    committed = {path.name: path.read_text() for path in COMMITTED.iterdir()}

    assert committed == rule_files(), "write them again: .venv/bin/python -m monitoring.prometheus rules"


def test_rules_read_metrics_that_are_declared_and_no_others() -> None:
    records = {rule.name for rule in rules() if isinstance(rule, Record)}
    read = {name for rule in rules() for name in metrics_of(rule.expression)}

    assert read - OF_PROMETHEUS <= known_metrics() | records
    assert records <= read, "a record that nobody reads"


def test_every_alert_has_its_section_in_the_runbook_and_links_to_it() -> None:
    sections = re.findall(r"^## (.+)$", (ROOT / RUNBOOK).read_text(), flags=re.MULTILINE)
    links = {str(alert.as_rule(RUNBOOK)["annotations"]["runbook_url"]) for alert in alerts()}

    assert len(sections) == len(set(sections))
    assert {alert.name for alert in alerts()} == set(sections)
    assert links == {f"{RUNBOOK}#{section.lower()}" for section in sections}


def test_the_runbook_names_metrics_that_exist() -> None:
    named = set(re.findall(r"\bsentiment_\w+", (ROOT / RUNBOOK).read_text()))

    assert named <= known_metrics()


def test_only_quality_and_drift_start_a_retraining() -> None:
    assert {alert.name for alert in alerts() if alert.retrain} == {"QualityFell", "Drift"}


def test_the_alert_of_an_overdue_retraining_can_be_left_out() -> None:
    names = {rule.name for rule in rules(replace(REAL, overdue_s=None))}

    assert {rule.name for rule in rules()} - names == {"RetrainingOverdue"}


@pytest.mark.parametrize(
    ("seconds", "text"), [(15, "15s"), (90, "90s"), (300, "5m"), (5400, "90m"), (21_600, "6h"), (604_800, "7d")]
)
def test_a_duration_is_written_in_its_largest_whole_unit(seconds: int, text: str) -> None:
    assert duration(seconds) == text


def test_only_the_drilled_alert_has_shortened_windows(tmp_path: Path) -> None:
    def by_name(texts: dict[str, str]) -> dict[str, list[object]]:
        read = [group for text in texts.values() for group in yaml.safe_load(text)["groups"]]
        rules = [rule for group in read for rule in group["rules"]]
        return {name: [rule for rule in rules if rule.get("alert") == name] for name in {a.name for a in alerts()}}

    write_rules(tmp_path, REAL, runbook=RUNBOOK, drilled=Drilled("ErrorRatio", SHORTENED))

    written = by_name({path.name: path.read_text() for path in tmp_path.iterdir()})
    real, shortened = by_name(rule_files(REAL)), by_name(rule_files(SHORTENED))
    assert written == real | {"ErrorRatio": shortened["ErrorRatio"]}
    assert "interval: 10s" in (tmp_path / "service.yml").read_text(), "as often as its requests are counted"


@BOTH
def test_promtool_finds_nothing_wrong_with_the_rules(windows: Windows, tmp_path: Path) -> None:
    promtool = needs.promtool()
    for name, text in rule_files(windows).items():
        (tmp_path / name).write_text(text)

    done = subprocess.run(
        [promtool, "check", "rules", "--lint-fatal", *sorted(tmp_path.iterdir())],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
