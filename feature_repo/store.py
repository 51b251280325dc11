"""Feast's feature store over the lake, its configuration made from the settings."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from feature_repo.keys import REGISTRY

if TYPE_CHECKING:
    from feast import FeatureStore

    from feature_repo.settings import Settings


def open_store(settings: Settings) -> FeatureStore:
    """Return Feast's store with the definitions of this code applied: entities, views and services.

    Raises:
        LakeError: S3 does not answer or refuses.
    """
    from feast import FeatureStore  # noqa: PLC0415 - takes seconds, which the settings' errors need not wait for

    from feature_repo.entities import product, review  # noqa: PLC0415 - they import feast
    from feature_repo.services import make_services  # noqa: PLC0415 - the same
    from feature_repo.sources import lake_sources  # noqa: PLC0415 - the same
    from feature_repo.views import make_views  # noqa: PLC0415 - the same

    if settings.feature_offline_store == "duckdb":
        from feature_repo.duckdb_engine import use_duckdb  # noqa: PLC0415 - imports ibis

        use_duckdb(settings)
    store = FeatureStore(config=_config(settings))
    sources = lake_sources(settings)
    views = make_views(sources, timedelta(days=settings.window_days))
    store.apply([*sources, review, product, *views, *make_services(views)])
    return store


def _config(settings: Settings) -> Any:  # noqa: ANN401 - Feast's class would have to be imported
    from feast import RepoConfig  # noqa: PLC0415 - as above

    return RepoConfig(
        project=settings.loop_name,
        provider="local",
        registry={"path": f"s3://{settings.lake_bucket}/{REGISTRY}", "cache_ttl_seconds": 600},
        offline_store={"type": "feature_repo.asof_store.AsOfOfflineStore"},
        online_store=_online(settings),
        entity_key_serialization_version=3,
    )


def _online(settings: Settings) -> dict[str, Any]:
    if settings.feature_online_store == "redis":
        return {"type": "redis", "connection_string": settings.redis_url}
    return {
        "type": "dynamodb",
        "region": settings.aws_region,
        "endpoint_url": os.environ.get("AWS_ENDPOINT_URL_DYNAMODB") or os.environ.get("AWS_ENDPOINT_URL"),
        "table_name_template": settings.online_table,
        "consistent_reads": True,
    }
