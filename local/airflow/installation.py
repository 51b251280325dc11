"""Installs the bucket's `plugins.zip` for the Airflow on this machine, as MWAA does when an environment starts."""

from __future__ import annotations

import hashlib
import io
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from local.bundle_layout import PLUGINS, STARTUP
from local.errors import LocalError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_TIMEOUT_S = 120


@dataclass(frozen=True)
class Installation:
    """One version of the bundle, installed."""

    folder: Path

    @property
    def site(self) -> Path:
        """The folder from which Airflow's processes import the project."""
        return self.folder / "site"

    @property
    def startup_script(self) -> Path:
        """The start-up script of that version."""
        return self.folder / STARTUP


def install(s3: S3Client, bucket: str, home: Path) -> Installation:
    """Install the bucket's bundle below `home`, in a folder named after its content.

    Raises:
        LocalError: The wheel could not be installed.
        ClientError: The bucket has no bundle.
    """
    objects = {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in (PLUGINS, STARTUP)}
    digest = hashlib.sha256(b"".join(hashlib.sha256(data).digest() for data in objects.values())).hexdigest()[:16]
    target = home / "bundles" / digest
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".new-") as name:
            fresh = Path(name) / "bundle"
            fresh.mkdir()
            (fresh / STARTUP).write_bytes(objects[STARTUP])
            with zipfile.ZipFile(io.BytesIO(objects[PLUGINS])) as plugins:
                plugins.extractall(fresh / "plugins")
            _install_wheels(sorted((fresh / "plugins").glob("*.whl")), fresh / "site")
            fresh.rename(target)
    for old in target.parent.iterdir():
        if old != target:
            shutil.rmtree(old)
    return Installation(target)


def _install_wheels(wheels: list[Path], site: Path) -> None:
    uv = str(Path(sys.executable).parent / "uv")
    options = ["--no-deps", "--no-index", "--offline", "--no-config", "--quiet", "--compile-bytecode"]
    done = subprocess.run(
        [uv, "pip", "install", "--python", sys.executable, "--target", str(site), *options, *map(str, wheels)],
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    if done.returncode:
        raise LocalError(f"The wheel of {PLUGINS} could not be installed: {done.stderr.strip()}", remedy="make bundle")
