"""Every alert has a drill, or a reason for none."""

from __future__ import annotations

import pytest

from local.errors import LocalError
from monitoring.prometheus.alerts import groups
from monitoring.prometheus.rule import Alert
from monitoring.prometheus.windows import REAL
from ops.drills import catalogue

ALERTS = {
    rule.name
    for of_file in groups(REAL).values()
    for group in of_file
    for rule in group.rules
    if isinstance(rule, Alert)
}


def test_every_alert_has_a_drill_or_says_why_not() -> None:
    assert catalogue.DRILLS.keys() | catalogue.WITHOUT.keys() == ALERTS
    assert not catalogue.DRILLS.keys() & catalogue.WITHOUT.keys()


@pytest.mark.parametrize(
    ("alert", "why"),
    [("NoTraffic", "NoTraffic has no drill. It compares"), ("Notraffic", "There is no alert Notraffic.")],
)
def test_an_alert_without_a_drill_is_told_which_have_one(alert: str, why: str) -> None:
    with pytest.raises(LocalError, match=why) as error:
        catalogue.find(alert)
    assert all(name in error.value.remedy for name in catalogue.DRILLS)
