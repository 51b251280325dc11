"""Where a cdk command deploys to, and the settings that `make` kept of what it deployed there.

`make up` and `make deploy` keep what they set, so that a plain `cdklocal deploy` or `cdk diff` in this folder uses it
again. Each loop's folder in `$LOCAL_DIR` has it as `deployment.json`, which `ops.kept_settings` writes::

    {"endpoint": "http://127.0.0.1:4566", "context": {"target": "local", "loop_name": "SentimentLoop", ...}}
    {"account": "123456789012", "region": "eu-west-1", "context": {"target": "aws", ...}}
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

PROJECT = Path(__file__).parent.parent
EMULATOR_ACCOUNT = "000000000000"
"""The account id of both emulators; AWS gives it to nobody."""
EMULATOR_REGION = "us-east-1"

_LOOPBACK = ("127.0.0.1", "localhost", "::1", "localhost.localstack.cloud")


class SettingsError(ValueError):
    """A setting is missing or invalid, or does not fit the place; the message says which and why."""


class Place(NamedTuple):
    """Where a cdk command deploys to.

    Attributes:
        account: The account id, or None without credentials: then the command can only synthesise.
        region: The region.
        endpoint: The URL of the emulator; None for AWS.
    """

    account: str | None = None
    region: str | None = None
    endpoint: str | None = None

    @classmethod
    def of_command(cls, environment: Mapping[str, str]) -> Self:
        """Return the place that the cdk command tells the process that it starts."""
        account, endpoint = environment.get("CDK_DEFAULT_ACCOUNT"), environment.get("AWS_ENDPOINT_URL")
        if account == EMULATOR_ACCOUNT or (not account and endpoint):  # an emulator that does not run tells no account
            return cls(EMULATOR_ACCOUNT, EMULATOR_REGION, endpoint)
        return cls(account, environment.get("CDK_DEFAULT_REGION")) if account else cls()

    @property
    def is_aws(self) -> bool:
        """Whether a deployment would go to an account of AWS."""
        return self.account not in {None, EMULATOR_ACCOUNT}

    @property
    def is_emulator(self) -> bool:
        """Whether a deployment would go to an emulator."""
        return self.account == EMULATOR_ACCOUNT


def kept_context(place: Place, loop_name: str, folder: Path) -> Mapping[str, Any]:
    """Return the context with which the loop of this name was deployed last; empty if `make` did not deploy it there.

    `folder` is `$LOCAL_DIR`.

    Raises:
        SettingsError: A file cannot be read.
    """
    files = [*folder.glob("deployment.json"), *folder.glob("*/deployment.json")]
    for file in sorted(files, key=lambda file: file.stat().st_mtime, reverse=True):  # one after another at one address
        try:
            kept = json.loads(file.read_text())
            found, context = _key(kept.get("account"), kept.get("region"), kept.get("endpoint")), dict(kept["context"])
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise SettingsError(f"{file} cannot be read ({error}): make up or make deploy writes it again") from error
        if found == _key(*place) and context.get("loop_name") == loop_name:
            return context
    return {}


def _key(account: str | None, region: str | None, endpoint: str | None) -> tuple[str | int | None, ...]:
    """Return what tells a place from others: host and port of an emulator, with one name for this machine."""
    if not endpoint:
        return account, region
    parts = urlsplit(endpoint)
    return ("localhost" if parts.hostname in _LOOPBACK else parts.hostname), parts.port
