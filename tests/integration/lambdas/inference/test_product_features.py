"""Predictions use the product's statistics from Feast's table, and never wait long for them."""

from __future__ import annotations

import socket
import statistics
import sys
import threading
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import boto3
import pytest
from feast.protos.feast.types.Value_pb2 import Value

from lambdas.inference.feast_format import entity_id
from lambdas.inference.product_features import BUDGET_S, MAX_AGE, ProductFeatures
from lambdas.inference.product_table import ProductTable
from lambdas.shared import aws
from sentiment.reviews.product import ProductStats

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.lambdas.functions import Function
    from tests.integration.resources import Resources

TEXT = "It has two pockets."
LOVED, HATED = ProductStats(200, 4.8, 0.97), ProductStats(200, 1.6, 0.1)


@pytest.fixture
def patient(inference: Function, resources: Resources) -> Function:
    """The inference function, with a budget that a busy machine does not exceed."""
    state = sys.modules["lambdas.inference.handler"].app.state
    products = ProductFeatures(ProductTable(resources.product_stats, aws.dynamodb), budget_s=10)
    state.predictor = replace(state.predictor, products=products)
    return inference


def put(resources: Resources, product_id: str, stats: ProductStats, event_time: datetime | None = None) -> None:
    """Write a row as Feast does."""
    mean = Value() if stats.mean_stars is None else Value(double_val=stats.mean_stars)
    values = {
        "reviews": Value(int64_val=stats.reviews),
        "mean_stars": mean,
        "positive_share": Value(double_val=stats.positive_share),
    }
    resources.dynamodb.put_item(
        TableName=resources.product_stats,
        Item={
            "entity_id": {"S": entity_id(product_id)},
            "event_ts": {"S": str(event_time or datetime.now(UTC))},
            "values": {"M": {name: {"B": value.SerializeToString()} for name, value in values.items()}},
        },
    )


def test_the_function_reads_the_table_of_its_settings(inference: Function, resources: Resources) -> None:
    """With its real budget, which a busy machine may exceed now and then."""
    put(resources, "loved", LOVED)

    uses = {
        inference.call("POST", "/predict", {"text": TEXT, "product_id": "loved"}).json["product_stats"]
        for _ in range(20)
    }

    assert "used" in uses
    assert uses <= {"used", "unavailable"}


def test_product_statistics_move_the_probability(patient: Function, resources: Resources) -> None:
    put(resources, "loved", LOVED)
    put(resources, "hated", HATED)

    alone, unknown, loved, hated = (
        patient.call("POST", "/predict", {"text": TEXT} | product).json
        for product in ({}, {"product_id": "B00X"}, {"product_id": "loved"}, {"product_id": "hated"})
    )

    uses = [one["product_stats"] for one in (alone, unknown, loved, hated)]
    assert uses == ["not_asked", "unknown", "used", "used"]
    assert alone["probability"] == unknown["probability"]
    assert hated["probability"] < alone["probability"] < loved["probability"]
    assert hated["words"] == alone["words"] == loved["words"]


def test_a_batch_reads_no_product(patient: Function) -> None:
    (answer,) = patient.call("POST", "/predict/batch", {"texts": [TEXT]}).json

    assert answer["product_stats"] == "not_asked"


def test_a_row_older_than_the_maximum_age_is_unknown(patient: Function, resources: Resources) -> None:
    put(resources, "old", LOVED, datetime.now(UTC) - MAX_AGE - timedelta(minutes=1))
    put(resources, "new", LOVED, datetime.now(UTC) - MAX_AGE + timedelta(minutes=1))

    old, new = (
        patient.call("POST", "/predict", {"text": TEXT, "product_id": name}).json["product_stats"]
        for name in ("old", "new")
    )

    assert (old, new) == ("unknown", "used")


@pytest.mark.parametrize(
    "item",
    [
        {},
        {"event_ts": {"S": "yesterday"}, "values": {"M": {}}},
        {"event_ts": {"N": "1"}, "values": {"M": {}}},
        {"event_ts": {"S": "2026-11-23"}, "values": {"M": {}}},
        {"event_ts": {"S": "2026-11-23 00:00:00+00:00"}, "values": {"S": "none"}},
        {"event_ts": {"S": "2026-11-23 00:00:00+00:00"}, "values": {"M": {"reviews": {"B": b"\xff"}}}},
    ],
)
def test_a_malformed_item_counts_as_unavailable(
    patient: Function, resources: Resources, item: dict[str, object]
) -> None:
    resources.dynamodb.put_item(
        TableName=resources.product_stats,
        Item={"entity_id": {"S": entity_id("odd")}, **item},  # type: ignore[dict-item] # wrong on purpose
    )

    answer = patient.call("POST", "/predict", {"text": TEXT, "product_id": "odd"})

    assert answer.status == 200
    assert answer.json["product_stats"] == "unavailable"


def test_predictions_work_without_the_table(patient: Function, resources: Resources) -> None:
    resources.dynamodb.delete_table(TableName=resources.product_stats)

    answer = patient.call("POST", "/predict", {"text": TEXT, "product_id": "loved"})

    assert answer.status == 200
    assert answer.json["product_stats"] == "unavailable"


@pytest.mark.parametrize(
    "product_id", ["a", "~" * 128, "../../x?y#z", "%00", '{"S":"x"}', "';--", "\\u0000", "#values"]
)
def test_every_product_id_that_the_api_takes_is_found(patient: Function, resources: Resources, product_id: str) -> None:
    put(resources, product_id, LOVED)

    answer = patient.call("POST", "/predict", {"text": TEXT, "product_id": product_id}).json

    assert answer["product_stats"] == "used"


@pytest.fixture
def dripping_server() -> Iterator[str]:
    """The URL of a server that sends one byte at a time without end, so that no socket timeout applies."""
    stop = threading.Event()
    threads = []

    def drip(connection: socket.socket) -> None:
        with closing(connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\nx: ")
            while not stop.wait(0.01):
                try:
                    connection.sendall(b"x")
                except OSError:  # the client has gone
                    return

    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)

        def accept() -> None:
            while not stop.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                threads.append(threading.Thread(target=drip, args=(connection,)))
                threads[-1].start()

        acceptor = threading.Thread(target=accept)
        acceptor.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        stop.set()
        acceptor.join()
    for thread in threads:
        thread.join()


@pytest.fixture
def full_server() -> Iterator[str]:
    """The URL of a server with a full backlog: connecting to it hangs."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        address = server.getsockname()
        waiting = []
        for _ in range(4):
            one = socket.socket()
            one.setblocking(False)  # noqa: FBT003 - its only argument
            one.connect_ex(address)
            waiting.append(one)
        yield f"http://127.0.0.1:{address[1]}"
        for one in waiting:
            one.close()


@pytest.mark.parametrize("kind", ["silent_server", "dripping_server", "full_server"])
def test_a_slow_store_costs_no_more_than_the_budget(
    resources: Resources,
    other_endpoints: None,  # noqa: ARG001 - fixture: recreates the functions' clients
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
    kind: str,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", request.getfixturevalue(kind))
    products = ProductFeatures(ProductTable(resources.product_stats, aws.quick_dynamodb))
    aws.quick_dynamodb()

    taken = []
    for _ in range(20):
        started = time.perf_counter()
        assert products.of("loved") == (None, "unavailable")
        taken.append(time.perf_counter() - started)

    assert statistics.median(taken) < 1.2 * BUDGET_S
    assert max(taken) < 10 * BUDGET_S  # the excess is due to a busy machine


def test_predictions_work_although_the_store_never_answers(
    inference: Function, resources: Resources, silent_server: str
) -> None:
    quick = boto3.client("dynamodb", config=aws._QUICK_CONFIG, endpoint_url=silent_server)
    state = sys.modules["lambdas.inference.handler"].app.state
    products = ProductFeatures(ProductTable(resources.product_stats, lambda: quick))
    state.predictor = replace(state.predictor, products=products)

    started = time.perf_counter()
    answer = inference.call("POST", "/predict", {"text": TEXT, "product_id": "loved"})

    assert answer.status == 200
    assert answer.json["product_stats"] == "unavailable"
    assert time.perf_counter() - started < 20 * BUDGET_S
    quick.close()
