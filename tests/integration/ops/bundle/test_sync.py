"""The bucket holds the bundle, and gets new versions only of changed objects."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from ops.bundle import sync

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from tests.integration.resources import Clients

BUNDLE = {"dags/a_dag.py": b"a", "dags/b_dag.py": b"b", "plugins.zip": b"wheel", "startup.sh": b"export A=1\n"}


@pytest.fixture
def s3(clients: Clients) -> S3Client:
    return clients.s3


@pytest.fixture
def bucket(s3: S3Client) -> str:
    name = f"mwaa-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


def held(s3: S3Client, bucket: str) -> dict[str, bytes]:
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
    return {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}


def test_the_bucket_holds_the_bundle(s3: S3Client, bucket: str) -> None:
    assert set(sync(s3, bucket, BUNDLE)) == set(BUNDLE)
    assert held(s3, bucket) == BUNDLE


def test_unchanged_objects_get_no_new_version(s3: S3Client, bucket: str) -> None:
    sync(s3, bucket, BUNDLE)
    assert sync(s3, bucket, BUNDLE) == []
    assert sync(s3, bucket, BUNDLE | {"plugins.zip": b"another wheel"}) == ["plugins.zip"]
    versions = s3.list_object_versions(Bucket=bucket)["Versions"]
    assert sorted(version["Key"] for version in versions) == sorted([*BUNDLE, "plugins.zip"])


def test_only_dags_that_no_longer_exist_are_removed(s3: S3Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="somebody/elses.txt", Body=b"kept")
    sync(s3, bucket, BUNDLE)
    left = {key: data for key, data in BUNDLE.items() if key != "dags/b_dag.py"}
    assert sync(s3, bucket, left) == ["dags/b_dag.py"]
    assert held(s3, bucket) == left | {"somebody/elses.txt": b"kept"}


def test_code_is_written_before_the_dags_that_import_it(s3: S3Client, bucket: str) -> None:
    assert sync(s3, bucket, BUNDLE) == ["plugins.zip", "startup.sh", "dags/a_dag.py", "dags/b_dag.py"]


def test_an_upload_that_was_interrupted_is_finished(s3: S3Client, bucket: str) -> None:
    sync(s3, bucket, {"plugins.zip": BUNDLE["plugins.zip"]})
    assert set(sync(s3, bucket, BUNDLE)) == set(BUNDLE) - {"plugins.zip"}
