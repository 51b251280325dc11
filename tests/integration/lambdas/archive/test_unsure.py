"""Predictions of which the model was unsure wait for a reviewer once they are archived."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lambdas.archive.unsure import UnsureDraw
from sentiment.evaluation.audit_draw import MOST_PLACES
from tests.integration.events import a_prediction
from tests.integration.lambdas.archive.test_archive import a_feedback, a_record
from tests.integration.lambdas.books import CLIENT, waiting

if TYPE_CHECKING:
    import pytest

    from sentiment.schemas.events import PredictionEvent
    from tests.integration.lambdas.functions import Function
    from tests.integration.resources import Resources


def predicted(probability: float, **changed: Any) -> PredictionEvent:  # noqa: ANN401 - any field
    return a_prediction().model_copy(update={"probability": probability, "client": CLIENT, **changed})


def deliver(archive: Function, *events: PredictionEvent) -> dict[str, Any]:
    records = [a_record(number, event) for number, event in enumerate(events)]
    answer: dict[str, Any] = archive.handler({"Records": records}, None)
    return answer


def test_only_what_the_model_was_unsure_of_waits(archive: Function, resources: Resources) -> None:
    unsure = [predicted(0.45), predicted(0.59)]
    others = [predicted(0.6), predicted(0.4), predicted(0.5, audit=True, audit_place=1)]

    assert deliver(archive, *unsure, *others) == {"batchItemFailures": []}

    assert waiting(resources) == {event.prediction_id for event in unsure}


def test_a_repeated_delivery_lists_nothing_again_that_was_labelled(archive: Function, resources: Resources) -> None:
    labelled, left = predicted(0.5), predicted(0.5)
    deliver(archive, labelled, left)
    resources.dynamodb.delete_item(TableName=resources.audit, Key={"entry": {"S": labelled.prediction_id}})
    key = {"prediction_id": {"S": f"{labelled.prediction_id}#reviewer"}}
    resources.dynamodb.put_item(TableName=resources.feedback, Item=key)

    assert deliver(archive, labelled, left) == {"batchItemFailures": []}

    assert waiting(resources) == {left.prediction_id}


def test_an_hour_of_a_client_has_a_limited_number(archive: Function, resources: Resources) -> None:
    flood = [predicted(0.5) for _ in range(MOST_PLACES + 1)]

    deliver(archive, *flood)

    assert waiting(resources) == {event.prediction_id for event in flood[:MOST_PLACES]}


def test_the_archive_lacks_nothing_where_nothing_can_be_listed(
    archive: Function, resources: Resources, caplog: pytest.LogCaptureFixture
) -> None:
    resources.dynamodb.delete_table(TableName=resources.audit)

    assert deliver(archive, predicted(0.5)) == {"batchItemFailures": []}

    assert "of 1 unsure predictions, not all are before reviewers" in caplog.text
    assert resources.s3.list_objects_v2(Bucket=resources.lake)["KeyCount"] == 1


def test_what_is_no_new_prediction_is_passed_over(resources: Resources) -> None:
    draw = UnsureDraw(audit=resources.audit, feedback=resources.feedback, dynamodb=resources.dynamodb)
    damaged = a_record(1, predicted(0.5))
    del damaged["dynamodb"]["NewImage"]["created_at"]

    draw.offer([damaged, a_record(2, a_feedback()), a_record(3, predicted(0.5), name="MODIFY"), {}])

    assert waiting(resources) == set()
