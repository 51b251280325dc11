"""Feast's feature store over the lake, configured from the settings.

Feast takes seconds to import, so functions do it.
"""

# ruff: noqa: PLC0415 - see above

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import redis.exceptions
from botocore.exceptions import BotoCoreError, ClientError
from google.protobuf.message import DecodeError
from s3transfer.exceptions import RetriesExceededError

from feature_repo.errors import OnlineStoreError
from feature_repo.lake.keys import REGISTRY, SAVED
from feature_repo.offline.duckdb_engine import use_duckdb

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from feast import FeatureStore, RepoConfig

    from feature_repo.settings import Settings

PROJECT = "SentimentLoop"
"""Feast's name of these definitions, in the registry of every loop."""
REDIS_PORT = 6379

logger = logging.getLogger(__name__)


def open_store(settings: Settings) -> FeatureStore:
    """Return Feast's store, after applying the definitions if they have changed or the registry lacks some.

    A damaged registry is rebuilt: it holds nothing but these definitions.

    Raises:
        OnlineStoreError: The registry or the online store does not answer, or refuses.
    """
    from feast import FeatureStore

    if settings.feature_offline_store == "duckdb":
        use_duckdb(settings)
    defined = definitions(settings)
    with store_errors():
        store = FeatureStore(config=repo_config(settings))
        try:
            current = _is_current(store, defined)
        except DecodeError:
            logger.warning("Feast's registry at %s is damaged: it is rebuilt.", store.config.registry.path)
            _empty_registry(store)
            current = False
        if not current:
            store.apply(defined)
    return store


def definitions(settings: Settings) -> list[Any]:
    """Return what is registered with Feast: sources, entities, views and services, in this order."""
    from feature_repo import features

    sources = features.lake_sources(settings)
    views = features.make_views(sources, timedelta(days=settings.window_days))
    defined = [*sources, features.review, features.product, *views]
    return [*defined, *features.make_services(views, definitions=_fingerprint(defined))]


def _is_current(store: FeatureStore, defined: Sequence[Any]) -> bool:
    """Return whether the registry has all definitions, as they are now.

    Raises:
        DecodeError: The registry is damaged.
    """
    from feast import FeatureService

    registered = store.registry.proto()
    specs = [
        one.spec for kind in ("entities", "feature_views", "feature_services") for one in getattr(registered, kind)
    ]
    names = Counter(one.name for one in (*registered.data_sources, *specs))
    known = {one.spec.name: dict(one.spec.tags) for one in registered.feature_services}
    services = [one for one in defined if isinstance(one, FeatureService)]
    return Counter(one.name for one in defined) <= names and all(known.get(one.name) == one.tags for one in services)


def _empty_registry(store: FeatureStore) -> None:
    """Write an empty registry over a damaged one, so that no other process finds none in between."""
    from feast.infra.registry.registry import REGISTRY_SCHEMA_VERSION
    from feast.infra.registry.s3 import S3RegistryStore
    from feast.protos.feast.core.Registry_pb2 import Registry

    S3RegistryStore(store.config.registry, Path()).update_registry_proto(
        Registry(registry_schema_version=REGISTRY_SCHEMA_VERSION)
    )


@contextmanager
def store_errors() -> Iterator[None]:
    """Turn errors of the registry and the online store into errors of one line.

    Raises:
        OnlineStoreError: The registry or the online store does not answer, or refuses.
    """
    from feast.errors import S3RegistryBucketForbiddenAccess, S3RegistryBucketNotExist

    try:
        yield
    except (
        BotoCoreError,
        ClientError,
        FileNotFoundError,  # Feast raises this if S3 refuses to read the registry
        RetriesExceededError,
        S3RegistryBucketForbiddenAccess,
        S3RegistryBucketNotExist,
        redis.exceptions.RedisError,
    ) as error:
        cause = error.last_exception if isinstance(error, RetriesExceededError) else error
        reason = str(cause).splitlines()[0] if str(cause) else type(cause).__name__
        raise OnlineStoreError(f"Feast's registry or its online store cannot be used: {reason}") from error


def _fingerprint(definitions: Sequence[Any]) -> str:
    """Return a checksum of the definitions. Services carry it, so that unchanged definitions are not applied again."""
    from feast.protos.feast.core.DataSource_pb2 import DataSource

    digest = hashlib.sha256()
    for definition in definitions:
        proto = definition.to_proto()
        spec = getattr(proto, "spec", proto)
        source = spec if isinstance(spec, DataSource) else getattr(spec, "batch_source", None)
        if source is not None:
            source.ClearField("meta")  # the time at which this object was created
        digest.update(spec.SerializeToString(deterministic=True))
    return digest.hexdigest()


def repo_config(settings: Settings) -> RepoConfig:
    """Return Feast's configuration; Feast's own command line gets the same one from `feature_store.yaml`."""
    from feast import RepoConfig

    return RepoConfig(
        project=PROJECT,
        registry=f"s3://{settings.lake_bucket}/{REGISTRY}",
        offline_store=_offline(settings),
        online_store=_online(settings),
        entity_key_serialization_version=3,
    )


def _offline(settings: Settings) -> dict[str, Any]:
    if settings.feature_offline_store == "ray":
        return {
            "type": "feature_repo.offline.ray_store.AsOfRayOfflineStore",
            "storage_path": f"s3://{settings.lake_bucket}/{SAVED}",
            "ray_address": settings.ray_address,
        }
    if settings.feature_offline_store == "athena":
        return {
            "type": "athena",
            "region": settings.aws_region,
            "data_source": "AwsDataCatalog",
            "database": settings.athena_database,
            "workgroup": settings.athena_workgroup,
            "s3_staging_location": f"s3://{settings.lake_bucket}/{SAVED}",
        }
    return {"type": "feature_repo.offline.asof_store.AsOfOfflineStore"}


def _online(settings: Settings) -> dict[str, Any]:
    if settings.feature_online_store == "redis":
        return {
            "type": "feature_repo.redis_store.LoopRedisOnlineStore",
            "project_in_keys": settings.project_in_keys,
            "connection_string": _connection_string(settings.redis_url or ""),
            "skip_dedup": True,  # otherwise Feast drops corrected statistics of the same day
        }
    return {
        "type": "dynamodb",
        "region": settings.aws_region,
        "table_name_template": settings.online_table,
        "consistent_reads": True,
    }


def _connection_string(redis_url: str) -> str:
    """Return the address in Feast's notation: `host:port,password=...,ssl=True,db=0`."""
    address = urlsplit(redis_url)
    options = {
        "username": address.username and unquote(address.username),
        "password": address.password and unquote(address.password),
        "ssl": address.scheme == "rediss" or None,
        "db": address.path.strip("/") or None,
    }
    named = [f"{name}={value}" for name, value in options.items() if value is not None]
    return ",".join([f"{address.hostname}:{address.port or REDIS_PORT}", *named])
