"""The function reads the same rows as Feast, from stores that Feast wrote."""

from __future__ import annotations

import gc
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from feature_repo.features import SERVING_SERVICE, lake_sources, make_views
from feature_repo.settings import Settings
from feature_repo.store import open_store
from lambdas.inference.feast_format import FEATURE_VIEW, FEATURES, JOIN_KEY
from lambdas.inference.product_features import MAX_AGE, ProductFeatures
from lambdas.inference.product_redis import ProductRedis
from lambdas.inference.product_table import ProductTable
from lambdas.shared import aws
from sentiment.reviews.product import ProductStats
from tests.integration.redis_server import redis_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feast import FeatureStore

    from lambdas.inference.product_features import Store
    from tests.integration.resources import Resources

# Feast leaves the closing of its registry's temporary files to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file <_io.BufferedRandom:ResourceWarning")

NOW = datetime.now(UTC).replace(microsecond=0)
PRODUCTS = {
    "B00YQ6X8EO": ProductStats(1, 5.0, 1.0),
    "no stars": ProductStats(7, None, 3 / 7),
    "a" * 128: ProductStats(2**40, 1.0, 0.0),
    "'; DROP TABLE--": ProductStats(3, 10 / 3, 1 / 3),
    "#values.#time": ProductStats(12, 4.999999, 0.1 + 0.2),
    "../..%2F\\x00": ProductStats(40, 2.5, 0.5),
    "😀 \u202e中文\u0301": ProductStats(41, 3.0, 0.25),
    "*": ProductStats(42, 4.0, 0.75),
}
MISSING = "no such product"


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    """Collect garbage while its warnings are expected, and not in a later test."""
    yield
    gc.collect()


@pytest.fixture(params=["dynamodb", "redis"])
def online(
    request: pytest.FixtureRequest, resources: Resources, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[FeatureStore, Store]]:
    """Feast's store with each kind of online store, and the function's reader of it."""
    if request.param == "dynamodb":
        settings = Settings(lake_bucket=resources.lake, product_stats_table=resources.product_stats)
        yield open_store(settings), ProductTable(resources.product_stats, aws.dynamodb)
        return
    with redis_server(tmp_path_factory.mktemp("redis")) as address:
        url = f"redis://{address}/2"
        settings = Settings(lake_bucket=resources.lake, feature_online_store="redis", redis_url=url)
        with closing(ProductRedis(url, project=settings.loop_name, timeout_s=5)) as reader:
            yield open_store(settings), reader


def write(store: FeatureStore, products: dict[str, ProductStats], event_time: datetime) -> None:
    rows = [
        {JOIN_KEY: name, "event_timestamp": event_time, "created_timestamp": event_time, **stats._asdict()}
        for name, stats in products.items()
    ]
    store.write_to_online_store(FEATURE_VIEW, df=pd.DataFrame(rows))


def by_feast(store: FeatureStore, products: list[str]) -> dict[str, list[Any]]:
    return store.get_online_features(
        features=store.get_feature_service(SERVING_SERVICE), entity_rows=[{JOIN_KEY: name} for name in products]
    ).to_dict()


def test_every_product_is_read_as_feast_reads_it(online: tuple[FeatureStore, Store]) -> None:
    store, reader = online
    write(store, PRODUCTS, NOW)

    found = by_feast(store, [*PRODUCTS, MISSING])

    for place, product_id in enumerate(PRODUCTS):
        row = reader.read(product_id)
        assert row is not None, product_id
        assert row.event_time == NOW
        assert row.stats == PRODUCTS[product_id]
        assert list(row.stats) == [found[name][place] for name in FEATURES]
    assert reader.read(MISSING) is None
    assert [found[name][-1] for name in FEATURES] == [None, None, None]


def test_a_row_older_than_the_time_to_live_is_unknown(online: tuple[FeatureStore, Store]) -> None:
    store, reader = online
    write(store, {"old": ProductStats(9, 4.0, 0.5)}, NOW - MAX_AGE - timedelta(hours=1))
    write(store, {"new": ProductStats(9, 4.0, 0.5)}, NOW - MAX_AGE + timedelta(hours=1))
    products = ProductFeatures(reader, budget_s=5)

    assert products.of("old") == (None, "unknown")
    assert products.of("new") == (ProductStats(9, 4.0, 0.5), "used")


def test_the_maximum_age_is_the_views_time_to_live() -> None:
    settings = Settings(lake_bucket="lake")
    views = make_views(lake_sources(settings), timedelta(days=settings.window_days))
    assert views.product_stats.ttl == MAX_AGE
