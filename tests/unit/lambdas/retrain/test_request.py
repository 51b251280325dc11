"""Events that are requests, and events that are refused."""

from __future__ import annotations

import pytest

from lambdas.retrain.errors import InvalidRequestError
from lambdas.retrain.trigger import Request


def test_an_empty_event_is_a_request_without_force() -> None:
    assert Request.from_event({}) == Request(force=False, requested_by="an unnamed caller")


def test_an_event_may_have_force_and_a_name() -> None:
    assert Request.from_event({"force": True, "requested_by": " Ada "}) == Request(force=True, requested_by="Ada")


@pytest.mark.parametrize(
    "event",
    [
        None,
        [],
        "force",
        {"Force": True},
        {"force": "true"},
        {"force": 1},
        {"force": None},
        {"requested_by": ""},
        {"requested_by": "   "},
        {"requested_by": 7},
        {"requested_by": "a" * 101},
        {"requested_by": "two\nlines"},
        {"requested_by": "\x1b[2J"},
        {"force": True, "dag_id": "other_dag"},
        {f"field{number}": number for number in range(10_000)},
    ],
)
def test_any_other_event_is_refused_without_quoting_it(event: object) -> None:
    with pytest.raises(InvalidRequestError) as error:
        Request.from_event(event)

    assert len(str(error.value)) < 100
    assert "other_dag" not in str(error.value)
