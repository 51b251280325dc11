"""The bundle in the bucket is installed once, completely or not at all."""

from __future__ import annotations

import io
import uuid
import zipfile
from typing import TYPE_CHECKING

import pytest

from local.airflow.installation import install
from local.errors import LocalError
from ops.bundle import build, sync

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

    from tests.integration.resources import Clients


@pytest.fixture(scope="module")
def bundle() -> dict[str, bytes]:
    return build({"A": "1"})


@pytest.fixture
def s3(clients: Clients) -> S3Client:
    return clients.s3


@pytest.fixture
def bucket(s3: S3Client, bundle: dict[str, bytes]) -> str:
    name = f"mwaa-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=name)
    sync(s3, name, bundle)
    return name


def test_the_wheel_and_the_script_are_installed(s3: S3Client, bucket: str, tmp_path: Path) -> None:
    installed = install(s3, bucket, tmp_path)
    assert (installed.site / "training" / "__init__.py").exists()
    assert list((installed.site / "training" / "__pycache__").iterdir())  # otherwise every process compiles it again
    assert "export A=1" in installed.startup_script.read_text()


def test_the_same_bundle_is_installed_once(s3: S3Client, bucket: str, tmp_path: Path) -> None:
    first = install(s3, bucket, tmp_path)
    made = first.site.stat().st_ino
    assert install(s3, bucket, tmp_path) == first
    assert first.site.stat().st_ino == made


def test_another_bundle_replaces_it(s3: S3Client, bucket: str, bundle: dict[str, bytes], tmp_path: Path) -> None:
    first = install(s3, bucket, tmp_path)
    sync(s3, bucket, bundle | {"startup.sh": b"export A=2\n"})
    second = install(s3, bucket, tmp_path)
    assert first.folder != second.folder
    assert [path.name for path in (tmp_path / "bundles").iterdir()] == [second.folder.name]


def test_a_wheel_that_cannot_be_installed_leaves_the_old_bundle(
    s3: S3Client, bucket: str, bundle: dict[str, bytes], tmp_path: Path
) -> None:
    first = install(s3, bucket, tmp_path)
    broken = io.BytesIO()
    with zipfile.ZipFile(broken, "w") as archive:
        archive.writestr("sentiment_loop-0.1.0-py3-none-any.whl", b"no wheel")
    sync(s3, bucket, bundle | {"plugins.zip": broken.getvalue()})
    with pytest.raises(LocalError, match=r"plugins\.zip could not be installed"):
        install(s3, bucket, tmp_path)
    assert [path.name for path in (tmp_path / "bundles").iterdir()] == [first.folder.name]
