"""Lets Alertmanager start a retraining: its configuration, and the token that the loop knows it by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.files import write_whole
from local.monitoring.programs import home
from monitoring.prometheus.alertmanager import RetrainingRoute, configuration
from monitoring.prometheus.settings import load_settings
from monitoring.prometheus.windows import REAL
from ops import aws
from sentiment.keys import alerts_token

if TYPE_CHECKING:
    from local.loop import Loop

TOKEN_FILE = "alerts-token"  # noqa: S105 (its name)


def configured(loop: Loop, found: dict[str, str]) -> str:
    """Write the token to a file for this user only, and return the text of Alertmanager's configuration."""
    secrets = aws.client(loop, "secretsmanager")
    secret = secrets.get_secret_value(SecretId=found["RaterKeySecret"])["SecretString"].encode()
    token_file = home(loop.state_dir) / TOKEN_FILE
    write_whole(token_file, alerts_token(secret))
    return configuration(RetrainingRoute(found["api_url"], token_file), load_settings(), REAL)
