"""The bundle that Airflow runs, in MWAA's layout: built from this checkout, and synchronised to its bucket.

It holds the project's wheel in `plugins.zip`, the DAGs, the requirements and the start-up script.
"""

from __future__ import annotations

import hashlib
import io
import os
import shlex
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from local.bundle_layout import CONSTRAINTS, DAGS, PLUGINS, REQUIREMENTS, STARTUP
from local.errors import LocalError
from local.settings import ROOT
from ops import aws, outputs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3 import S3Client

    from local.loop import Loop

PACKAGES = ("sentiment", "feature_repo", "training")
"""The packages in the wheel, as in `pyproject.toml`."""
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of every file in the archive, so that equal content makes equal bytes."""
_TIMEOUT_S = 120
_DIGEST = "sha256"
"""The object metadata with the hash of the content; with encryption by a key, the ETag is no such hash."""


def publish(loop: Loop, found: dict[str, str]) -> list[str]:
    """Build the bundle for a deployment and synchronise it. Returns the changed keys."""
    return sync(aws.client(loop, "s3"), found["MwaaBucket"], build(outputs.for_tasks(loop, found)))


def upload(loop: Loop) -> None:
    """`make bundle`: publish, and print what changed.

    Raises:
        LocalError: Nothing is deployed.
    """
    aws.check_access(loop, "bundle")
    found = outputs.require(loop, "MwaaBucket")
    with loop.terminal.step("Upload the Airflow bundle", key="bundle", usual_s=3) as step:
        changed = publish(loop, found)
        step.detail = f"s3://{found['MwaaBucket']}: {', '.join(changed) or 'nothing changed'}"
    if set(changed) & {PLUGINS, REQUIREMENTS, STARTUP}:
        loop.terminal.note("Airflow loads new code only when it starts: run make up.")


def build(settings: Mapping[str, str]) -> dict[str, bytes]:
    """Every object of the bundle by its key.

    Args:
        settings: The environment variables of the tasks: names of buckets and tables, addresses.

    Raises:
        LocalError: The wheel could not be built.
    """
    dags = {f"{DAGS}{path.name}": path.read_bytes() for path in sorted((ROOT / "dags").glob("*_dag.py"))}
    constraints = (ROOT / "requirements" / "mwaa-constraints.txt").read_bytes()
    return dags | {
        f"{DAGS}{CONSTRAINTS}": constraints,
        PLUGINS: _plugins(),
        REQUIREMENTS: (ROOT / "requirements" / "mwaa.txt").read_bytes(),
        STARTUP: startup_script(settings).encode(),
    }


def startup_script(settings: Mapping[str, str]) -> str:
    """A shell script that exports the settings."""
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in sorted(settings.items())]
    return "#!/bin/sh\n" + "".join(lines)


def _plugins() -> bytes:
    name, wheel = _wheel()
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as plugins:  # a wheel is compressed already
        entry = zipfile.ZipInfo(name, _EPOCH)
        entry.external_attr = 0o644 << 16
        plugins.writestr(entry, wheel)
    return archive.getvalue()


def _wheel() -> tuple[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
            cwd=ROOT,
            env=dict(os.environ) | {"SOURCE_DATE_EPOCH": "315532800"},
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
        if done.returncode:
            raise LocalError(f"The wheel could not be built: {done.stderr.strip()}", remedy="make bundle")
        (path,) = Path(folder).glob("*.whl")
        return path.name, path.read_bytes()


def sync(s3: S3Client, bucket: str, objects: Mapping[str, bytes]) -> list[str]:
    """Make the bucket hold exactly these objects. Returns the keys that were written or removed.

    DAGs are written last, so that none runs for long with the code of an older bundle.
    """
    changed = [
        key
        for key in sorted(objects, key=lambda key: (key.startswith(DAGS), key))
        if _put(s3, bucket, key, objects[key])
    ]
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=DAGS)
    stale = [item["Key"] for page in pages for item in page.get("Contents", []) if item["Key"] not in objects]
    for key in stale:
        s3.delete_object(Bucket=bucket, Key=key)
    return changed + stale


def _put(s3: S3Client, bucket: str, key: str, data: bytes) -> bool:
    digest = hashlib.sha256(data).hexdigest()
    if _digest(s3, bucket, key) == digest:
        return False
    s3.put_object(Bucket=bucket, Key=key, Body=data, Metadata={_DIGEST: digest})
    return True


def _digest(s3: S3Client, bucket: str, key: str) -> str | None:
    try:
        return s3.head_object(Bucket=bucket, Key=key)["Metadata"].get(_DIGEST)
    except ClientError as error:
        if error.response["Error"]["Code"] in {"404", "NoSuchKey", "NotFound"}:
            return None
        raise
