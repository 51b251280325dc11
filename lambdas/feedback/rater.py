"""Raters as keyed hashes: the same rater has the same hash, and nobody can be identified."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_secretsmanager import SecretsManagerClient


class RaterHash:
    """Hashes raters with a key that is read once."""

    def __init__(self, secret: str, secrets_manager: Callable[[], SecretsManagerClient]) -> None:
        self._secret = secret
        self._secrets_manager = secrets_manager
        self._key: bytes | None = None

    def of(self, rater: str | None, api_key: str | None) -> str | None:
        """Return 64 hexadecimal digits, or None without rater and API key.

        Args:
            rater: Opaque id that the caller gave.
            api_key: The caller's API key, used if there is no rater. The two never have the same hash.

        Raises:
            ClientError: The key cannot be read.
            BotoCoreError: The key cannot be reached.
        """
        if rater is None and api_key is None:
            return None
        who = f"rater:{rater}" if rater is not None else f"api-key:{api_key}"
        return hmac.digest(self.key(), who.encode(), "sha256").hex()

    def key(self) -> bytes:
        """Return the key, read from the secret at the first call that succeeds."""
        if self._key is None:
            self._key = self._secrets_manager().get_secret_value(SecretId=self._secret)["SecretString"].encode()
        return self._key
