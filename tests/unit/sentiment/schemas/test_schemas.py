"""The API is strict; what another version wrote is read tolerantly."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from sentiment.schemas.api import MAX_TEXT, FeedbackRequest, PredictBatchRequest, PredictRequest
from sentiment.schemas.events import FeedbackEvent
from sentiment.schemas.pointer import Pointer

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
AN_ID = "01KAQ3ZV5T8M2N4P6R7S9TVWXY"

POINTER: dict[str, Any] = {
    "model_version": "3",
    "run_id": "abc",
    "artifact_uri": f"s3://artifacts/serving/models/{'0' * 64}.json.gz",
    "sha256": "0" * 64,
    "trained_at": "2026-11-23T12:00:00Z",
    "promoted_at": "2026-11-23T12:00:00Z",
    "data_window": {"start": None, "end": None, "replayed": False},
}


@pytest.mark.parametrize("text", ["x", " x ", "x" * MAX_TEXT, "\t" * MAX_TEXT + "x" * MAX_TEXT, "👍"])
def test_a_text_of_allowed_length_is_kept_as_it_is(text: str) -> None:
    assert PredictRequest(text=text).text == text


@pytest.mark.parametrize(
    "text", ["", " ", "\u2003\n", "\x1f\x85\ufeff", "x" * (MAX_TEXT + 1), "\ud800", "a\udfffb", 5, None, b"\xff"]
)
def test_any_other_text_is_refused(text: Any) -> None:  # noqa: ANN401 - anything
    with pytest.raises(ValidationError):
        PredictRequest(text=text)
    with pytest.raises(ValidationError):
        PredictBatchRequest(texts=["fine", text])


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        (PredictRequest, {"text": "x"}),
        (PredictBatchRequest, {"texts": ["x"]}),
        (FeedbackRequest, {"prediction_id": AN_ID, "verdict": "up"}),
    ],
)
def test_a_request_with_a_field_too_many_is_refused(model: type[BaseModel], fields: dict[str, Any]) -> None:
    model(**fields)
    with pytest.raises(ValidationError):
        model(**fields, label="positive")


def test_the_pointer_goes_through_json_unchanged() -> None:
    pointer = Pointer.model_validate(POINTER)
    assert Pointer.model_validate_json(pointer.model_dump_json()) == pointer
    assert pointer.artifact_location == ("artifacts", f"serving/models/{'0' * 64}.json.gz")


def test_a_field_that_a_later_version_adds_to_the_pointer_is_ignored() -> None:
    assert Pointer.model_validate({**POINTER, "shadow_version": "4"}) == Pointer.model_validate(POINTER)


@pytest.mark.parametrize(
    "change",
    [
        {"model_version": "3#4"},
        {"model_version": ""},
        {"artifact_uri": "https://example.com/model"},
        {"artifact_uri": "s3://bucket"},
        {"sha256": "0" * 63},
        {"trained_at": "2026-11-23T12:00:00"},
    ],
)
def test_a_wrong_pointer_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Pointer.model_validate({**POINTER, **change})


def test_the_later_of_two_verdicts_counts_whatever_their_revisions() -> None:
    fields: dict[str, Any] = {
        "prediction_id": AN_ID,
        "verdict": "up",
        "label": "positive",
        "predicted": "positive",
        "model_version": "3",
        "audit": False,
        "bucket": "2026-11-23T12#3#voluntary",
        "cell": "tp",
        "created_at": NOON,
    }
    second = FeedbackEvent(**fields, updated_at=NOON, revision=2)
    after_a_rollback = FeedbackEvent(**fields, updated_at=NOON + timedelta(seconds=1), revision=1)

    assert max(second, after_a_rollback, key=lambda event: event.order) is after_a_rollback
    assert json.loads(second.model_dump_json())["updated_at"] == "2026-11-23T12:00:00Z"
