"""Product statistics from a real Redis in Feast's format, and from servers that are no Redis."""

from __future__ import annotations

import socket
import sys
import threading
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from feast.infra.online_stores.helpers import _mmh3
from feast.protos.feast.types.Value_pb2 import Value
from google.protobuf.timestamp_pb2 import Timestamp
from redis import Redis

from lambdas.inference.feast_format import FormatError, StoredRow, entity_key
from lambdas.inference.product_features import MAX_AGE, ProductFeatures, StoreError
from lambdas.inference.product_redis import HASH_FIELDS, ProductRedis
from lambdas.inference.redis_wire import RedisUrl
from sentiment.reviews.product import ProductStats
from tests.integration.certificate import certificate_of
from tests.integration.lambdas.functions import cold_start
from tests.integration.redis_server import redis_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.lambdas.functions import Publish
    from tests.integration.resources import Resources

PROJECT = "SentimentLoop"
STATS = ProductStats(40, 4.5, 0.9)
NOW = datetime(2026, 11, 23, 12, 30, 15, 250_000, tzinfo=UTC)
PASSWORD = "p@ss: word/ü"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_server(tmp_path_factory.mktemp("redis")) as address:
        yield address


@pytest.fixture
def redis(server: str) -> Iterator[Redis]:
    host, port = server.split(":")
    with Redis(host=host, port=int(port)) as client:
        client.flushall()
        yield client


@pytest.fixture
def products(server: str) -> Iterator[ProductRedis]:
    with closing(ProductRedis(f"redis://{server}", project=PROJECT, timeout_s=5)) as store:
        yield store


def put(
    redis: Redis, product_id: str, stats: ProductStats = STATS, *, project: str = PROJECT, time: datetime = NOW
) -> None:
    """Write a row as Feast does."""
    mean = Value() if stats.mean_stars is None else Value(double_val=stats.mean_stars)
    values = (Value(int64_val=stats.reviews), mean, Value(double_val=stats.positive_share))
    stamp = Timestamp()
    stamp.FromDatetime(time)
    hashed = {
        **{name: value.SerializeToString() for name, value in zip(HASH_FIELDS.values(), values, strict=True)},
        b"_ts:product_stats": stamp.SerializeToString(),
    }
    hset(redis, entity_key(product_id) + project.encode(), hashed)


def hset(redis: Redis, key: bytes, fields: dict[bytes, bytes]) -> None:
    redis.execute_command("HSET", key, *(part for field in fields.items() for part in field))  # type: ignore[no-untyped-call] # accepts a key of bytes


def test_the_field_names_are_feasts() -> None:
    assert {name: _mmh3(f"product_stats:{name}") for name in HASH_FIELDS} == HASH_FIELDS


@pytest.mark.parametrize("product_id", ["B00X", "~" * 128, "a\r\nGET x", "\x00", "*", "\u202e💥"])
def test_a_stored_product_is_read(redis: Redis, products: ProductRedis, product_id: str) -> None:
    put(redis, product_id)

    assert products.read(product_id) == StoredRow(NOW, STATS)


def test_a_product_without_stars_is_read(redis: Redis, products: ProductRedis) -> None:
    put(redis, "B00X", ProductStats(3, None, 1.0))

    assert products.read("B00X") == StoredRow(NOW, ProductStats(3, None, 1.0))


def test_a_product_of_another_project_is_not_found(redis: Redis, products: ProductRedis) -> None:
    put(redis, "B00X", project="Neighbour")

    assert products.read("B00X") is None


def test_the_statistics_of_another_view_are_not_read(redis: Redis, products: ProductRedis) -> None:
    hset(redis, entity_key("B00X") + PROJECT.encode(), {b"_ts:other": b"x", b"abcd": b"x"})

    assert products.read("B00X") is None


def test_a_malformed_row_is_refused(redis: Redis, products: ProductRedis) -> None:
    key = entity_key("B00X") + PROJECT.encode()
    hset(redis, key, {b"_ts:product_stats": b"\xff", HASH_FIELDS["reviews"]: b"3"})
    with pytest.raises(FormatError):
        products.read("B00X")
    redis.delete(key)
    redis.set(key, "no hash")
    with pytest.raises(StoreError, match="WRONGTYPE"):
        products.read("B00X")


def test_a_connection_closed_by_the_server_is_replaced(redis: Redis, products: ProductRedis) -> None:
    put(redis, "B00X")
    assert products.read("B00X") is not None

    assert redis.client_kill_filter(_type="normal", skipme=True) == 1

    assert products.read("B00X") == StoredRow(NOW, STATS)


def test_the_urls_password_and_database_are_used(tmp_path: Path) -> None:
    with redis_server(tmp_path, "--requirepass", PASSWORD) as address:
        host, port = address.split(":")
        with Redis(host=host, port=int(port), password=PASSWORD, db=3) as client:
            put(client, "B00X")
        right = f"redis://:p%40ss%3A%20word%2F%C3%BC@{address}"
        with closing(ProductRedis(f"{right}/3", project=PROJECT, timeout_s=5)) as store:
            assert store.read("B00X") == StoredRow(NOW, STATS)
        with closing(ProductRedis(f"{right}/4", project=PROJECT, timeout_s=5)) as store:
            assert store.read("B00X") is None
        for wrong, reason in ((f"redis://:wrong@{address}", "WRONGPASS"), (f"redis://{address}", "NOAUTH")):
            with pytest.raises(StoreError, match=reason):
                ProductRedis(wrong, project=PROJECT, timeout_s=5).read("B00X")


def test_tls_needs_a_trusted_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate, key = certificate_of("127.0.0.1", tmp_path)
    tls = ("--tls-cert-file", str(certificate), "--tls-key-file", str(key), "--tls-auth-clients", "no")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with redis_server(tmp_path, "--tls-port", str(port), *tls) as address:
        host, plain = address.split(":")
        with Redis(host=host, port=int(plain)) as client:
            put(client, "B00X")
        with pytest.raises(StoreError, match="CERTIFICATE_VERIFY_FAILED"):
            ProductRedis(f"rediss://127.0.0.1:{port}", project=PROJECT, timeout_s=5).read("B00X")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with closing(ProductRedis(f"rediss://127.0.0.1:{port}", project=PROJECT, timeout_s=5)) as store:
            assert store.read("B00X") == StoredRow(NOW, STATS)


@pytest.mark.parametrize("url", ["", "127.0.0.1:6379", "http://127.0.0.1", "redis://", "redis://host:port"])
def test_a_malformed_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"REDIS_URL|Port"):
        RedisUrl.parse(url)


@contextmanager
def answering(answer: bytes) -> Iterator[str]:
    """Yield the address of a server that sends every connection the same answer and closes it."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:  # closed: the test is over
                    return
                with connection:
                    connection.recv(4096)
                    connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
    thread.join(timeout=5)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"*4\r\n$-1\r\n$-1\r\n",
        b"*4\r\n$5\r\nab",
        b"*999999999\r\n",
        b"*2\r\n$-1\r\n$-1\r\n",
        b"*4\r\n*0\r\n*0\r\n*0\r\n*0\r\n",
        b"$99999999999\r\n",
        b"*x\r\n",
        b"+OK\r\n",
        b"-LOADING Redis is loading the dataset in memory\r\n",
        b"x" * 5_000,
    ],
)
def test_a_malformed_answer_is_refused(answer: bytes) -> None:
    with answering(answer) as address, closing(ProductRedis(f"redis://{address}", project=PROJECT)) as store:
        for _ in range(2):
            with pytest.raises(StoreError, match="Redis"):
                store.read("B00X")


def test_predictions_use_product_statistics_from_redis(
    server: str, redis: Redis, resources: Resources, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert resources.environment
    publish("1")
    monkeypatch.setenv("REDIS_URL", f"redis://{server}")
    monkeypatch.setenv("LOOP_NAME", PROJECT)
    put(redis, "B00X", time=datetime.now(UTC))
    put(redis, "B00Y", time=datetime.now(UTC) - MAX_AGE - timedelta(minutes=1))
    function = cold_start("inference")
    state = sys.modules["lambdas.inference.handler"].app.state
    store = state.predictor.products._store
    assert isinstance(store, ProductRedis)
    patient = ProductFeatures(store, budget_s=10)  # more than a busy machine needs
    store._timeout_s = 10
    state.predictor = replace(state.predictor, products=patient)

    with closing(store):
        store.close()
        used = [
            function.call("POST", "/predict", {"text": "x", "product_id": name}).json["product_stats"]
            for name in ("B00X", "B00Y", "B00Z")
        ]

    assert used == ["used", "unknown", "unknown"]
