"""Where a cdk command deploys to, and the settings that `make` kept of what it deployed there.

`make up` and `make deploy` keep what they set, so that a plain `cdklocal deploy` or `cdk diff` in this folder uses it
again. Each loop's folder in `$LOCAL_DIR` has it as `deployment.json`, which `ops.kept_settings` writes, and its `env`
exports the file's path::

    {"endpoint": "http://127.0.0.1:4566", "context": {"target": "local", "loop_name": "SentimentLoop", ...}}
    {"account": "123456789012", "region": "eu-west-1", "context": {"target": "aws", ...}}
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

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


def kept_context(place: Place, loop_name: str, folder: Path, named: Path | None = None) -> Mapping[str, Any]:
    """Return the context with which the loop of this name was deployed last; empty if `make` did not deploy it there.

    Args:
        place: Where the command deploys to.
        loop_name: The loop's name.
        folder: `$LOCAL_DIR`.
        named: The file that the shell names, by a loop's `env`; it may be that of another loop.

    Raises:
        SettingsError: A file of this loop cannot be read, or the address cannot.
    """
    wanted = _key(*place)
    targets = ("local", "localstack", "aws")
    folders = [folder, *(folder / name for target in targets for name in (target, f"{target}-{loop_name}"))]
    found = [file for file in (one / "deployment.json" for one in folders) if file.is_file()]
    found.sort(key=lambda file: file.stat().st_mtime, reverse=True)  # one after another at one address
    for file in [named, *found] if named and named.is_file() else found:
        try:
            kept = json.loads(file.read_text())
            at, context = _key(kept.get("account"), kept.get("region"), kept.get("endpoint")), dict(kept["context"])
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            raise SettingsError(f"{file} is damaged: make up or make deploy writes it again") from error
        if at == wanted and context.get("loop_name") == loop_name:
            return context
    return {}


def stands(place: Place, loop_name: str) -> bool:
    """Return whether an emulator has stacks of this name, as far as it says so within two seconds."""
    config = Config(connect_timeout=2, read_timeout=2, retries={"total_max_attempts": 1}, proxies={})
    client = boto3.client(
        "cloudformation",
        endpoint_url=place.endpoint,
        region_name=EMULATOR_REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 (what emulators accept)
        config=config,
    )
    try:
        found = client.describe_stacks(StackName=f"{loop_name}-Data")["Stacks"][0]
    except (BotoCoreError, ClientError):
        return False
    return not found["StackStatus"].startswith("DELETE_")


def _key(account: str | None, region: str | None, endpoint: str | None) -> tuple[str | int | None, ...]:
    """Return what tells a place from others: host and port of an emulator, with one name for this machine."""
    if not endpoint:
        return account, region
    try:
        host, port = urlsplit(endpoint).hostname, urlsplit(endpoint).port
    except ValueError as error:
        raise SettingsError(f"AWS_ENDPOINT_URL is no address: {endpoint}") from error
    return ("localhost" if host in _LOOPBACK else host), port
