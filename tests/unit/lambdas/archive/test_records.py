"""The archive function, without pydantic, writes lines that the schemas read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.archive.records import REQUIRED, line_of
from lambdas.shared.feedback_items import from_feedback_item, to_feedback_item
from lambdas.shared.items import from_item, to_item
from sentiment.schemas.events import FeedbackEvent, PredictionEvent
from sentiment.schemas.prediction_id import new_prediction_id

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
PREDICTION = PredictionEvent(
    prediction_id=new_prediction_id(NOON),
    text="great",
    label="positive",
    probability=0.9,
    model_version="12",
    created_at=NOON,
    expires_at=4_000_000_000,
    audit=False,
)
FEEDBACK = FeedbackEvent(
    prediction_id=new_prediction_id(NOON),
    verdict="down",
    label="negative",
    predicted="positive",
    model_version="12",
    audit=True,
    bucket="2026-11-23T12#12#audit",
    cell="fp",
    created_at=NOON,
    updated_at=NOON + timedelta(days=1),
    revision=2,
)

predictions = st.builds(
    PredictionEvent,
    prediction_id=st.just(new_prediction_id(NOON)),
    text=st.text(alphabet=st.characters(exclude_categories=["Cs"])),
    product_id=st.none() | st.just("B00X"),
    label=st.sampled_from(["positive", "negative"]),
    probability=st.floats(0, 1).map(lambda value: round(value, 9)),
    model_version=st.just("12"),
    created_at=st.integers(0, 10**15).map(lambda microseconds: NOON + timedelta(microseconds=microseconds)),
    expires_at=st.integers(0, 2**40),
    audit=st.booleans(),
    client=st.none() | st.just("0" * 32),
    audit_place=st.none() | st.integers(1, 100),
)


@given(predictions)
def test_an_event_survives_table_stream_and_lake(event: PredictionEvent) -> None:
    item = to_item(event)
    assert from_item(PredictionEvent, item) == event

    line = line_of({"dynamodb": {"NewImage": item}})

    assert line.kind == "predictions"
    assert line.day == event.created_at.date().isoformat()
    assert line.json.isprintable()
    assert PredictionEvent.model_validate_json(line.json) == event


def test_feedback_is_stored_under_the_day_of_its_revision() -> None:
    line = line_of({"dynamodb": {"NewImage": to_item(FEEDBACK)}})

    assert (line.kind, line.day) == ("feedback", "2026-11-24")
    assert FeedbackEvent.model_validate_json(line.json) == FEEDBACK


def test_a_reviewers_label_is_an_item_of_its_own_and_archived_plainly() -> None:
    label = FEEDBACK.model_copy(update={"source": "reviewer", "client": "0" * 32})
    item = to_feedback_item(label)

    assert item["prediction_id"] != to_feedback_item(FEEDBACK)["prediction_id"]
    assert (from_feedback_item(item), from_feedback_item(to_feedback_item(FEEDBACK))) == (label, FEEDBACK)
    line = line_of({"dynamodb": {"NewImage": item}})
    assert FeedbackEvent.model_validate_json(line.json) == label


def test_feedback_from_before_there_were_reviewers_is_voluntary() -> None:
    old = {name: value for name, value in to_item(FEEDBACK).items() if name not in {"source", "client"}}

    assert from_feedback_item(old) == FEEDBACK
    assert FEEDBACK.source == "voluntary"


@pytest.mark.parametrize(
    ("kind", "event"), [("predictions", PREDICTION), ("feedback", FEEDBACK)], ids=["predictions", "feedback"]
)
def test_the_required_attributes_are_those_of_the_schema(kind: str, event: PredictionEvent | FeedbackEvent) -> None:
    schema = type(event).model_fields
    types = {name: next(iter(attribute)) for name, attribute in to_item(event).items()}

    assert REQUIRED[kind] == {name: types[name] for name, field in schema.items() if field.is_required()}
