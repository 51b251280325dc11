"""Alerts in the running loop: each fires on its cause, and ends when that is mended as the runbook says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import needs

if TYPE_CHECKING:
    from tests.e2e.deployment import Deployment

pytestmark = pytest.mark.timeout(600)


@pytest.mark.parametrize("alert", ["PushgatewaySilent", "ErrorRatio", "AliasDisagrees"])
def test_an_alert_fires_on_its_cause_and_ends_when_it_is_mended(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, alert: str
) -> None:
    needs.monitoring()
    if not deployment.owns_emulator:
        pytest.skip("what alerts and drills do does not depend on the emulator, and here it takes minutes more")
    monkeypatch.setenv("WINDOWS", "shortened")

    said = deployment.local("drill", alert)

    told = [line.partition(" s  ")[2] for line in said.splitlines()]
    steps = ["reached Alertmanager", "mended", "resolved in Prometheus", "the drill is over"]
    assert [line for line in told if line in steps] == steps
    assert not (deployment.state_dir / "drill.json").exists()
