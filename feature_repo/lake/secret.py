"""The secret of the loop, and what decides by it which texts of the lake are held out."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Protocol

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from feature_repo.errors import AnotherKeyError, SecretError
from feature_repo.lake.keys import HELD_OUT_KEY
from feature_repo.lake.objects import CLIENT
from sentiment.reviews.held_out import PUBLIC, HoldOut

if TYPE_CHECKING:
    from feature_repo.lake.objects import Lake


class Settings(Protocol):
    """The settings that name the secret."""

    @property
    def rater_key_secret(self) -> str | None:
        """Its ARN or name; None without a loop."""

    @property
    def aws_region(self) -> str:
        """Its region."""


def loop_secret(settings: Settings) -> bytes | None:
    """Return the secret of the loop, read once; None without the setting.

    Raises:
        SecretError: It cannot be read.
    """
    return _read(settings.rater_key_secret, settings.aws_region) if settings.rater_key_secret else None


def hold_out_of(settings: Settings) -> HoldOut:
    """Return what decides which texts are held out: by the loop's secret, or without one by the public key.

    Raises:
        SecretError: The secret cannot be read.
    """
    secret = loop_secret(settings)
    return PUBLIC if secret is None else HoldOut(secret)


def settle_key(lake: Lake, hold_out: HoldOut) -> None:
    """Record, at a lake's first ingest, by which key its texts are held out, and refuse another key from then on.

    Only the public key may be replaced, by the secret of the loop that the lake now belongs to.

    Raises:
        AnotherKeyError: The lake's texts are held out by another key.
        LakeError: S3 does not answer, or refuses.
    """
    stored = lake.get(HELD_OUT_KEY)
    own = hold_out.key_fingerprint
    known = None if stored is None else stored.decode("utf-8", "replace").strip()
    if known == own:
        return
    if not accepts(known, hold_out):
        raise AnotherKeyError(
            f"The reviews in s3://{lake.bucket} are held out by the key {known}, but "
            f"{key_in_use(hold_out)}: use the RATER_KEY_SECRET of the loop that the lake belongs to, or its backup."
        )
    lake.put(HELD_OUT_KEY, f"{own}\n".encode())


def accepts(known: str | None, hold_out: HoldOut) -> bool:
    """Return whether this key may follow one with that fingerprint: the same, the public one, or none."""
    return known in (None, PUBLIC.key_fingerprint, hold_out.key_fingerprint)


def key_in_use(hold_out: HoldOut) -> str:
    """Return, for messages, which key RATER_KEY_SECRET gives."""
    if hold_out.key_fingerprint == PUBLIC.key_fingerprint:
        return "RATER_KEY_SECRET is not set"
    return f"RATER_KEY_SECRET has the key {hold_out.key_fingerprint}"


@cache
def _read(secret: str, region: str) -> bytes:
    client = boto3.client("secretsmanager", region_name=region, config=CLIENT)
    try:
        return client.get_secret_value(SecretId=secret)["SecretString"].encode()
    except ClientError as error:
        reason = error.response.get("Error", {}).get("Code", "unknown")
        raise SecretError(f"RATER_KEY_SECRET, {secret}, cannot be read: {reason}. {_REMEDY}") from error
    except BotoCoreError as error:
        name = type(error).__name__
        raise SecretError(f"RATER_KEY_SECRET, {secret}, cannot be read: AWS did not answer ({name}).") from error
    finally:
        client.close()


_REMEDY = "`make up` or `make deploy` sets it and grants the right to read it."
