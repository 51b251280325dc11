"""The loop's secret, read once, and what the functions derive from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentiment.evaluation.audit_draw import AuditDraw
from sentiment.keys import alerts_token, client_hash, derived_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_secretsmanager import SecretsManagerClient


class LoopSecret:
    """The secret in Secrets Manager. Every method reads it unless that succeeded before.

    Each raises ClientError or BotoCoreError if the secret cannot be read.
    """

    def __init__(self, arn: str, secrets_manager: Callable[[], SecretsManagerClient]) -> None:
        self._arn = arn
        self._secrets_manager = secrets_manager
        self._value: bytes | None = None

    def value(self) -> bytes:
        """Return the secret itself, which keys the hash of raters."""
        if self._value is None:
            self._value = self._secrets_manager().get_secret_value(SecretId=self._arn)["SecretString"].encode()
        return self._value

    def client(self, api_key_id: str | None) -> str | None:
        """Return the hash under which a client is stored; None without an API key."""
        return client_hash(self.value(), api_key_id) if api_key_id else None

    def audit_draw(self) -> AuditDraw:
        """Return the loop's draw of what reviewers are asked to label."""
        return AuditDraw(derived_key(self.value(), "audit"))

    def alerts_token(self) -> str:
        """Return the token that Alertmanager calls with."""
        return alerts_token(self.value())
