"""A handler that is counted answers as it did before."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.shared.gateway_calls import resource_of, status_of
from lambdas.shared.pushing import counted
from lambdas.shared.pushing.counting import Counting

if TYPE_CHECKING:
    from collections.abc import Iterator

URL = "http://127.0.0.1:1"


@pytest.fixture(autouse=True)
def pushed(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Set once something would have been pushed."""
    event = threading.Event()
    monkeypatch.setattr(Counting, "_push", lambda *_: event.set())
    yield event
    for thread in threading.enumerate():
        if thread.name == "push":
            thread.join(10)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return {"statusCode": event["status"], "body": "the answer"}


def counting_handler() -> Counting[dict[str, Any], dict[str, Any]]:
    made = counted(handler, function="inference", pushgateway_url=URL, status_of=status_of, route_of=resource_of)
    assert isinstance(made, Counting)
    return made


def test_without_a_pushgateway_nothing_stands_before_the_handler() -> None:
    assert counted(handler, function="inference", pushgateway_url="", status_of=status_of) is handler


def test_calls_are_counted_by_the_gateways_route_and_the_status() -> None:
    counting_it = counting_handler()
    for resource, status in (("/predict", 200), ("/predict", 422), ("/docs/{proxy+}", 200), (None, 404)):
        answer = counting_it({"resource": resource, "status": status}, None)
        assert answer == {"statusCode": status, "body": "the answer"}

    assert {series: number for series, number in counting_it._counts.so_far().requests.items() if number} == {
        ("/predict", "200"): 1,
        ("/predict", "422"): 1,
        ("/docs/{proxy+}", "200"): 1,
        ("-", "404"): 1,
    }


def test_a_call_that_raises_counts_as_500_and_raises() -> None:
    counting_it = counting_handler()
    with pytest.raises(KeyError):
        counting_it({"resource": "/predict"}, None)

    assert counting_it._counts.so_far().requests["/predict", "500"] == 1


def test_the_first_answer_waits_for_no_push(pushed: threading.Event) -> None:
    counting_it = counting_handler()
    counting_it({"resource": "/predict", "status": 200}, None)
    assert not [thread for thread in threading.enumerate() if thread.name == "push"]

    counting_it({"resource": "/predict", "status": 200}, None)
    assert pushed.wait(10)
