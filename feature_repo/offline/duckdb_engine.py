"""DuckDB before the lake: one connection a process, which Feast's DuckDB store finds through ibis."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from contextlib import contextmanager
from functools import cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import boto3
import duckdb
import ibis

from feature_repo.errors import FeatureError, LakeError
from feature_repo.offline.asof_sql import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

    from duckdb import DuckDBPyConnection
    from ibis.backends.duckdb import Backend

    from feature_repo.settings import Settings


def use_duckdb(settings: Settings) -> DuckDBPyConnection:
    """Make the connection that every query of this process goes through; return it.

    Calling it again changes its limits and leads it to the lake that the environment names now.

    Raises:
        LakeError: There are no AWS credentials.
    """
    backend = _backend()
    ibis.set_backend(backend)
    connection: DuckDBPyConnection = backend.con
    connection.execute(f"SET memory_limit = '{settings.feature_memory_mb}MB'")
    connection.execute(_secret(settings))
    return connection


@cache
def _backend() -> Backend:
    folder = tempfile.mkdtemp(prefix="sentiment-loop-duckdb-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    backend = ibis.duckdb.connect(
        home_directory=folder,  # it asks for one before it installs what is beside it, and takes none but $HOME
        extension_directory=f"{folder}/extensions",
        temp_directory=f"{folder}/spilled",
        autoinstall_known_extensions="false",  # nothing is downloaded: what is needed comes with the environment
    )
    with as_file(_httpfs(str(backend.version))) as path:
        backend.con.execute(f"INSTALL {quoted(str(path))}")
    backend.con.execute("LOAD httpfs")
    backend.con.execute("SET preserve_insertion_order = false")  # every query that needs an order says which
    backend.con.execute("SET asof_loop_join_threshold = 0")  # below it, each row is compared with every other
    return backend


def _httpfs(version: str) -> Traversable:
    found = files("duckdb_extension_httpfs") / "extensions" / f"v{version}" / "httpfs.duckdb_extension"
    if not found.is_file():
        raise LakeError(f"DuckDB {version} needs duckdb-extension-httpfs of the same version, which is not installed")
    return found


@contextmanager
def reading_the_lake() -> Iterator[None]:
    """Say in one line what went wrong in a query.

    Raises:
        LakeError: S3 does not answer, refuses, or has what cannot be read.
        FeatureError: The memory does not suffice.
    """
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise FeatureError("DuckDB has not enough memory for this lake: raise FEATURE_MEMORY_MB") from error
    except duckdb.Error as error:
        raise LakeError(f"The lake cannot be read: {str(error).splitlines()[0]}") from error


def _secret(settings: Settings) -> str:
    """Return the statement that gives DuckDB what boto3 would use: endpoint, region and credentials."""
    session = boto3.Session(region_name=settings.aws_region)
    credentials = session.get_credentials()
    if credentials is None:
        raise LakeError("no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile")
    keys = credentials.get_frozen_credentials()
    endpoint = urlsplit(session.client("s3").meta.endpoint_url)
    options: dict[str, str] = {
        "KEY_ID": keys.access_key or "",
        "SECRET": keys.secret_key or "",
        "REGION": settings.aws_region,
        "ENDPOINT": endpoint.netloc,
        "URL_STYLE": "path",  # resolves wherever AWS_ENDPOINT_URL leads; AWS answers both forms
        "USE_SSL": str(endpoint.scheme == "https").lower(),
    }
    if keys.token:
        options["SESSION_TOKEN"] = keys.token
    named = ", ".join(f"{name} {quoted(value)}" for name, value in options.items())
    return f"CREATE OR REPLACE SECRET lake (TYPE s3, {named})"
