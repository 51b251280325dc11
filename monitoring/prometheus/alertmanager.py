"""The configuration of Alertmanager: whom alerts reach, which of them are one message, which silence others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from monitoring.prometheus.rule import NEEDS_LABEL
from monitoring.prometheus.windows import duration
from sentiment.schemas.alerts import RETRAIN, RETRAIN_LABEL

if TYPE_CHECKING:
    from pathlib import Path

    from monitoring.prometheus.settings import Settings
    from monitoring.prometheus.windows import Windows

ALERTS_PATH = "/alerts"
"""The API's route that starts a retraining."""
_PEOPLE, _RETRAINING = "people", "retraining"
_MOST_ALERTS = 20
"""In one request to the loop, whose body is bounded."""


@dataclass(frozen=True, slots=True)
class RetrainingRoute:
    """What Alertmanager calls to start a retraining.

    Attributes:
        api_url: URL of the API's stage.
        token_file: File with the token (`sentiment.keys.alerts_token`), which only Alertmanager's user can read.
    """

    api_url: str
    token_file: Path


def configuration(route: RetrainingRoute, people: Settings, windows: Windows) -> str:
    """Return the text of `alertmanager.yml`."""
    return yaml.safe_dump(
        {
            "route": _routes(windows),
            "receivers": [_people(people), _retraining(route)],
            "inhibit_rules": _inhibitions(),
        },
        sort_keys=False,
        allow_unicode=True,
    )


def _routes(windows: Windows) -> dict[str, Any]:
    return {
        "receiver": _PEOPLE,
        "group_by": ["alertname"],
        "group_wait": duration(windows.group_wait_s),
        "group_interval": duration(windows.group_interval_s),
        "repeat_interval": duration(windows.repeat_ticket_s),
        "routes": [
            {
                "receiver": _RETRAINING,
                "matchers": [f'{RETRAIN_LABEL}="{RETRAIN}"'],
                "group_by": [RETRAIN_LABEL],  # one request, however many alerts ask for the same
                "repeat_interval": duration(windows.repeat_retraining_s),
                "continue": True,  # people are told, too
            },
            {
                "receiver": _PEOPLE,
                "matchers": ['severity="page"'],
                "repeat_interval": duration(windows.repeat_page_s),
            },
            {"receiver": _PEOPLE},
        ],
    }


def _people(people: Settings) -> dict[str, Any]:
    """Return the receiver of people. One without an address leaves the alerts on Alertmanager's page."""
    receiver: dict[str, Any] = {"name": _PEOPLE}
    if people.alert_webhook_url:
        receiver["webhook_configs"] = [{"url": people.alert_webhook_url}]
    if people.alert_email_to:
        receiver["email_configs"] = [
            {
                "to": people.alert_email_to,
                "from": people.alert_email_from,
                "smarthost": people.alert_smtp,
                "send_resolved": True,
            }
        ]
    return receiver


def _retraining(route: RetrainingRoute) -> dict[str, Any]:
    return {
        "name": _RETRAINING,
        "webhook_configs": [
            {
                "url": f"{route.api_url.rstrip('/')}{ALERTS_PATH}",
                "send_resolved": False,
                "max_alerts": _MOST_ALERTS,
                "http_config": {
                    "authorization": {"type": "Bearer", "credentials_file": str(route.token_file)},
                    "follow_redirects": False,  # the token is for this address
                },
            }
        ],
    }


def _inhibitions() -> list[dict[str, Any]]:
    """Return which alerts silence which: what is missing silences what rests on it, and what is worse the rest."""
    return [
        _inhibition('alertname="PushgatewaySilent"', f'{NEEDS_LABEL}=~"pushgateway|monitor|functions"'),
        _inhibition('alertname="MonitorSilent"', f'{NEEDS_LABEL}="monitor"'),
        _inhibition('alertname="FunctionsSilent"', f'{NEEDS_LABEL}="functions"'),
        _inhibition('alertname="Drift"', 'alertname="DriftWarning"', equal=["feature", "model_version"]),
        _inhibition('severity="page"', 'severity="ticket"', equal=["alertname", "function"]),
    ]


def _inhibition(source: str, target: str, equal: list[str] | None = None) -> dict[str, Any]:
    return {"source_matchers": [source], "target_matchers": [target], **({"equal": equal} if equal else {})}
