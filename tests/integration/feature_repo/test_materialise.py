"""The online store has each product's newest statistics, as Feast would write them and as training has them."""

from __future__ import annotations

import subprocess
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import redis
import tenacity

from feature_repo.errors import OnlineStoreError
from feature_repo.features import SERVING_SERVICE
from feature_repo.frame.frame import training_frame
from feature_repo.materialise import Materialised, materialise
from feature_repo.store import open_store
from local.ports import free_port
from tests import needs
from tests.integration.feature_repo.planted import UNTIL, Planted, days_ago

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feature_repo.lake.objects import Lake
    from feature_repo.settings import Settings

PASSWORD = "of-a-test:with/signs"


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a Redis with a password."""
    program = needs.redis_server()
    folder = tmp_path_factory.mktemp("redis")
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--requirepass", PASSWORD, "--save", ""]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*command, "--dir", str(folder)], stdout=log, stderr=log)
    try:
        client = redis.Redis(port=port, password=PASSWORD)
        for attempt in tenacity.Retrying(
            wait=tenacity.wait_fixed(0.1),
            stop=tenacity.stop_after_delay(20),
            retry=tenacity.retry_if_exception_type(redis.exceptions.ConnectionError),
            reraise=True,
        ):
            with attempt:
                client.ping()
        client.close()
        yield f"redis://:{PASSWORD.replace(':', '%3A').replace('/', '%2F')}@127.0.0.1:{port}/3"
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture(params=["dynamodb", "redis"])
def settings(request: pytest.FixtureRequest, lake_settings: Settings) -> Settings:
    """Settings with each kind of online store, empty."""
    online = {"product_stats_table": f"{lake_settings.lake_bucket}.product_stats"}
    if request.param == "redis":
        online = {"feature_online_store": "redis", "redis_url": request.getfixturevalue("redis_url")}
    return lake_settings.model_copy(update=online | {"loop_name": lake_settings.lake_bucket})


@pytest.fixture
def planted(lake: Lake) -> Planted:
    planted = Planted()
    planted.statistics("a", days_ago(40), 1, 1.0, 0.0)
    planted.statistics("a", days_ago(3), 4, 4.5, 0.75)
    planted.statistics("b", days_ago(10), 2, None, 0.5)
    planted.statistics("left the window", days_ago(20), 0, None, 0.0)
    planted.statistics("expired", days_ago(95), 3, 3.0, 1.0)
    planted.put(lake)
    return planted


def online(settings: Settings, *products: str) -> list[tuple[Any, ...]]:
    store = open_store(settings)
    answer = store.get_online_features(
        features=store.get_feature_service(SERVING_SERVICE),
        entity_rows=[{"product_id": product} for product in products],
    )
    found = answer.to_dict()
    return list(zip(found["reviews"], found["mean_stars"], found["positive_share"], strict=True))


NOTHING = (None, None, None)


def test_the_newest_statistics_within_the_window_are_copied(settings: Settings, planted: Planted) -> None:
    assert planted.stats
    assert materialise(settings, UNTIL) == Materialised(products=3, written=3)
    assert online(settings, "a", "b", "left the window", "expired", "unknown") == [
        (4, 4.5, 0.75),
        (2, None, 0.5),
        (0, None, 0.0),
        NOTHING,
        NOTHING,
    ]


def test_a_second_time_writes_nothing(settings: Settings, planted: Planted, lake: Lake) -> None:
    materialise(settings, UNTIL)
    assert materialise(settings, UNTIL) == Materialised(3, 0)
    planted.statistics("b", days_ago(1), 3, 5.0, 1.0)
    planted.put(lake)
    assert materialise(settings, UNTIL) == Materialised(3, 1)
    assert online(settings, "a", "b") == [(4, 4.5, 0.75), (3, 5.0, 1.0)]


def test_corrected_statistics_of_the_same_day_replace_the_old(settings: Settings, planted: Planted, lake: Lake) -> None:
    materialise(settings, UNTIL)
    planted.stats[1] |= {"reviews": 5, "mean_stars": 4.0}  # as after the ingest of older reviews
    planted.put(lake)
    assert materialise(settings, UNTIL) == Materialised(3, 1)
    assert online(settings, "a") == [(5, 4.0, 0.75)]


def test_an_earlier_time_does_not_overwrite_newer_statistics(settings: Settings, planted: Planted) -> None:
    assert planted.stats
    materialise(settings, UNTIL)
    assert materialise(settings, days_ago(5)).written == 0
    assert online(settings, "a") == [(4, 4.5, 0.75)]


def test_a_lake_without_products_is_no_error(settings: Settings) -> None:
    assert materialise(settings, UNTIL) == Materialised(0, 0)


def test_it_writes_what_feast_itself_would_write(settings: Settings, planted: Planted) -> None:
    assert planted.stats
    store = open_store(settings)
    store.materialize(UNTIL - timedelta(days=90), UNTIL, feature_views=["product_stats"], disable_event_timestamp=False)
    assert materialise(settings, UNTIL) == Materialised(3, 0)


def test_training_and_serving_have_the_same_statistics(settings: Settings, lake: Lake, planted: Planted) -> None:
    planted.crowd()
    ids = {product: planted.review(f"of {product}", at=UNTIL, product=product) for product in ("a", "b")}
    planted.put(lake)
    materialise(settings, UNTIL)
    examples = {example.review.review_id: example for example in training_frame(settings, UNTIL).examples()}
    trained = [examples[review_id].product for review_id in ids.values()]
    assert [tuple(stats) for stats in trained if stats] == online(settings, *ids)


@pytest.mark.parametrize("store", ["dynamodb", "redis"])
def test_an_online_store_that_does_not_answer_is_one_line(
    lake_settings: Settings, planted: Planted, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert planted.stats
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    update = {"feature_online_store": store, "redis_url": "redis://127.0.0.1:9", "loop_name": lake_settings.lake_bucket}
    with pytest.raises(OnlineStoreError, match="cannot be used"):
        materialise(lake_settings.model_copy(update=update), UNTIL)
