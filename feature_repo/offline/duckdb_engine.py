"""DuckDB with access to the lake: one connection per process, which Feast's DuckDB store finds through ibis."""

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
    """Return the connection of this process, with the limits and the S3 access of these settings.

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
        home_directory=folder,  # it needs one to install an extension, and knows $HOME only
        extension_directory=f"{folder}/extensions",
        temp_directory=f"{folder}/spilled",
        autoinstall_known_extensions="false",  # nothing is downloaded: the extension is a package of the environment
    )
    with as_file(_httpfs(str(backend.version))) as path:
        backend.con.execute(f"INSTALL {quoted(str(path))}")
    backend.con.execute("LOAD httpfs")
    backend.con.execute("SET preserve_insertion_order = false")  # queries that need an order have ORDER BY
    backend.con.execute("SET asof_loop_join_threshold = 0")  # for fewer rows, it would compare all pairs
    return backend


def _httpfs(version: str) -> Traversable:
    found = files("duckdb_extension_httpfs") / "extensions" / f"v{version}" / "httpfs.duckdb_extension"
    if not found.is_file():
        raise LakeError(f"DuckDB {version} needs duckdb-extension-httpfs {version}, which is not installed")
    return found


@contextmanager
def reading_the_lake() -> Iterator[None]:
    """Turn errors of a query into errors of one line.

    Raises:
        LakeError: S3 does not answer or refuses, or an object cannot be read.
        FeatureError: There is not enough memory.
    """
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise FeatureError("DuckDB needs more memory for this lake: raise FEATURE_MEMORY_MB") from error
    except duckdb.Error as error:
        raise LakeError(f"The lake cannot be read: {str(error).splitlines()[0]}") from error


def _secret(settings: Settings) -> str:
    """Return the statement that gives DuckDB the endpoint, region and credentials of boto3."""
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
        "URL_STYLE": "path",  # works with any AWS_ENDPOINT_URL; AWS accepts both styles
        "USE_SSL": str(endpoint.scheme == "https").lower(),
    }
    if keys.token:
        options["SESSION_TOKEN"] = keys.token
    named = ", ".join(f"{name} {quoted(value)}" for name, value in options.items())
    return f"CREATE OR REPLACE SECRET lake (TYPE s3, {named})"
