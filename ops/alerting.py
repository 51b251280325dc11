"""Writes the rules of Prometheus, and the configuration by which Alertmanager starts a retraining."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from local.errors import LocalError
from local.files import write_whole
from local.monitoring.programs import home
from monitoring.prometheus.alertmanager import RetrainingRoute, configuration
from monitoring.prometheus.errors import PrometheusError
from monitoring.prometheus.settings import load_settings
from monitoring.prometheus.windows import REAL, SHORTENED
from monitoring.prometheus.writing import Drilled, write_rules
from ops import aws
from sentiment.keys import alerts_token

if TYPE_CHECKING:
    from local.loop import Loop

TOKEN_FILE = "alerts-token"  # noqa: S105 (its name)


_RULES, _DRILL_RULES = "rules", "drill-rules"


def with_rules(loop: Loop, *, shortened: str = "") -> Loop:
    """Write the rules by the settings of alerts, and return the loop whose Prometheus evaluates them.

    Args:
        loop: The loop; one whose `ALERT_RULES` name a folder is returned as it is.
        shortened: An alert with shortened windows, while all others keep theirs.

    Raises:
        LocalError: A setting is invalid, or the rules cannot be written.
    """
    if not shortened and "alert_rules" in loop.settings.model_fields_set:
        return loop
    folder = home(loop.state_dir) / (_DRILL_RULES if shortened else _RULES)
    try:
        settings = load_settings()
        drilled = Drilled(shortened, settings.applied_to(SHORTENED)) if shortened else None
        write_rules(folder, settings.applied_to(REAL), runbook=settings.runbook_url, drilled=drilled)
    except PrometheusError as error:
        raise LocalError(str(error), remedy="See docs/settings.md for the allowed values") from error
    return replace(loop, settings=loop.settings.model_copy(update={"alert_rules": folder}))


def configured(loop: Loop, found: dict[str, str]) -> str:
    """Write the token to a file for this user only, and return the text of Alertmanager's configuration."""
    secrets = aws.client(loop, "secretsmanager")
    secret = secrets.get_secret_value(SecretId=found["RaterKeySecret"])["SecretString"].encode()
    token_file = home(loop.state_dir) / TOKEN_FILE
    write_whole(token_file, alerts_token(secret))
    return configuration(RetrainingRoute(found["api_url"], token_file), load_settings(), REAL)
