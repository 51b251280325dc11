"""Alertmanager reads its configuration, and sends each alert to whom it concerns."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from monitoring.prometheus.alertmanager import RetrainingRoute, configuration
from monitoring.prometheus.errors import PrometheusError
from monitoring.prometheus.settings import Settings, load_settings
from monitoring.prometheus.windows import REAL, SHORTENED, Windows
from tests import needs

ROUTE = RetrainingRoute("http://127.0.0.1:4566/_aws/execute-api/abc/v1/", Path("/run/token"))
EVERYBODY = Settings(
    alert_webhook_url="https://chat.example/hook?key=a%20b",
    alert_email_to="us@shop.example",
    alert_email_from="loop@shop.example",
    alert_smtp="127.0.0.1:25",
)


@pytest.fixture
def amtool() -> str:
    return needs.amtool()


def written(folder: Path, people: Settings, windows: Windows = REAL) -> Path:
    path = folder / "alertmanager.yml"
    path.write_text(configuration(ROUTE, people, windows))
    return path


def run(*command: object) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("windows", [REAL, SHORTENED], ids=["real", "shortened"])
@pytest.mark.parametrize("people", [Settings(), EVERYBODY], ids=["nobody", "everybody"])
def test_amtool_finds_nothing_wrong_with_it(amtool: str, people: Settings, windows: Windows, tmp_path: Path) -> None:
    assert "SUCCESS" in run(amtool, "check-config", written(tmp_path, people, windows))


@pytest.mark.parametrize(
    ("labels", "receivers"),
    [
        (["alertname=QualityFell", "severity=page", "retrain=yes"], "retraining,people"),
        (["alertname=Drift", "severity=ticket", "retrain=yes"], "retraining,people"),
        (["alertname=Drift", "severity=ticket", "retrain=no"], "people"),
        (["alertname=ErrorRatio", "severity=page"], "people"),
        (["alertname=ErrorRatio", "severity=ticket"], "people"),
    ],
)
def test_an_alert_reaches_people_and_the_loop_if_it_asks(
    amtool: str, labels: list[str], receivers: str, tmp_path: Path
) -> None:
    route = run(amtool, "config", "routes", "test", f"--config.file={written(tmp_path, Settings())}", *labels)

    assert route.strip() == receivers


def test_the_loop_is_called_with_a_token_from_a_file() -> None:
    receivers = {one["name"]: one for one in yaml.safe_load(configuration(ROUTE, Settings(), REAL))["receivers"]}

    (webhook,) = receivers["retraining"]["webhook_configs"]
    assert webhook["url"] == "http://127.0.0.1:4566/_aws/execute-api/abc/v1/alerts"
    assert webhook["http_config"]["authorization"] == {"type": "Bearer", "credentials_file": "/run/token"}
    assert webhook["http_config"]["follow_redirects"] is False
    assert webhook["send_resolved"] is False
    assert receivers["people"] == {"name": "people"}, "nobody is configured"


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("ALERT_WEBHOOK_URL", "chat.example", "ALERT_WEBHOOK_URL"),
        ("ALERT_SMTP", "mail.example", "ALERT_SMTP"),
        ("ALERT_EMAIL_TO", "us@shop.example", "ALERT_EMAIL_FROM and ALERT_SMTP"),
        ("RUNBOOK_URL", "https://wiki.example/runbook#alerts", "RUNBOOK_URL"),
        ("RETRAINING_OVERDUE_DAYS", "-1", "RETRAINING_OVERDUE_DAYS"),
    ],
)
def test_an_invalid_setting_is_refused_in_one_line(
    variable: str, value: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)

    with pytest.raises(PrometheusError, match=message) as error:
        load_settings()

    assert "\n" not in str(error.value)


def test_days_until_a_retraining_is_overdue_are_a_setting() -> None:
    assert Settings().applied_to(REAL) == REAL
    assert Settings(retraining_overdue_days=40).applied_to(REAL).overdue_s == 40 * 86_400
    assert Settings(retraining_overdue_days=0).applied_to(REAL).overdue_s is None
