"""Which votes are put before reviewers, and what a label says of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from lambdas.shared.audit_table import LISTED_DAYS
from sentiment.evaluation.audit_draw import DRAWS, AuditDraw
from sentiment.schemas.api import MAX_PAGE
from tests.integration.lambdas.books import a_prediction, stored_feedback
from tests.integration.lambdas.feedback.test_audit import NOON, all_pages, ids_of, listed, wait_for_label
from tests.integration.lambdas.functions import cold_start
from tests.integration.resources import REVIEWERS_API_KEY_ID

if TYPE_CHECKING:
    from sentiment.evaluation.audit_draw import Draw
    from tests.integration.lambdas.functions import Function
    from tests.integration.resources import Resources


@pytest.fixture
def every_vote_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AuditDraw, "takes", lambda _self, draw, _id: draw == "voted")


@pytest.mark.usefixtures("every_vote_is_drawn")
def test_what_people_voted_on_waits_once(feedback: Function, resources: Resources) -> None:
    prediction_id = a_prediction(resources)
    for verdict in ("up", "down", "up"):
        assert feedback.call("POST", "/feedback", {"prediction_id": prediction_id, "verdict": verdict}).status < 300

    (one,) = listed(feedback).json["waiting"]
    assert (one["prediction_id"], one["draw"]) == (prediction_id, "voted")


@pytest.mark.usefixtures("every_vote_is_drawn")
def test_a_vote_on_what_is_audited_or_labelled_draws_nothing(feedback: Function, resources: Resources) -> None:
    audited, labelled = a_prediction(resources, audit=True), a_prediction(resources)
    body = {"prediction_id": labelled, "label": "negative"}
    assert feedback.call("POST", "/feedback", body, api_key_id=REVIEWERS_API_KEY_ID).status == 201
    for prediction_id in (audited, labelled):
        assert feedback.call("POST", "/feedback", {"prediction_id": prediction_id, "verdict": "up"}).status == 201

    assert [(one["prediction_id"], one["draw"]) for one in listed(feedback).json["waiting"]] == [(audited, "audit")]


@pytest.fixture
def no_vote_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AuditDraw, "takes", lambda _self, _draw, _id: False)


@pytest.mark.usefixtures("no_vote_is_drawn")
def test_a_vote_against_a_model_that_was_sure_waits(feedback: Function, resources: Resources) -> None:
    contradicted, confirmed = (a_prediction(resources, probability=0.95) for _ in range(2))
    doubted = a_prediction(resources, probability=0.8)
    for prediction_id, verdict in ((contradicted, "down"), (confirmed, "up"), (doubted, "down")):
        assert feedback.call("POST", "/feedback", {"prediction_id": prediction_id, "verdict": verdict}).status == 201

    (one,) = listed(feedback).json["waiting"]
    assert (one["prediction_id"], one["draw"]) == (contradicted, "contradicted")


@pytest.mark.usefixtures("every_vote_is_drawn")
@pytest.mark.parametrize("chosen", ["unsure", "contradicted"])
def test_a_random_draw_takes_the_place_of_a_chosen_one(feedback: Function, resources: Resources, chosen: Draw) -> None:
    """Else a voter is never seen on texts that the model is unsure of, where a lie moves it most."""
    (prediction_id,) = wait_for_label(resources, 1, client="a" * 32, at=datetime.now(UTC), draw=chosen)
    assert feedback.call("POST", "/feedback", {"prediction_id": prediction_id, "verdict": "up"}).status == 201

    (one,) = listed(feedback).json["waiting"]
    assert (one["prediction_id"], one["draw"]) == (prediction_id, "voted")


@pytest.mark.usefixtures("every_vote_is_drawn")
@pytest.mark.parametrize("days", [1, LISTED_DAYS - 1, LISTED_DAYS, 30])
def test_a_verdict_that_is_changed_later_is_drawn_on_the_day_of_the_change(resources: Resources, days: int) -> None:
    """Else a voter who waits until the list has no place for it can lie unseen."""
    prediction_id = a_prediction(resources, made_at=NOON)
    for verdict, at in (("up", NOON), ("down", NOON + timedelta(days=days))):
        with time_machine.travel(at, tick=True):
            function = cold_start("feedback")
            assert function.call("POST", "/feedback", {"prediction_id": prediction_id, "verdict": verdict}).status < 300

    later = NOON + timedelta(days=days)
    assert ids_of(all_pages(resources, MAX_PAGE, now=later)) == [prediction_id]


@pytest.mark.parametrize("draw", DRAWS)
def test_a_label_says_for_which_draw_it_was_asked(feedback: Function, resources: Resources, draw: Draw) -> None:
    (prediction_id,) = wait_for_label(resources, 1, client="a" * 32, at=datetime.now(UTC), draw=draw)
    for label in ("negative", "positive"):
        body = {"prediction_id": prediction_id, "label": label}
        assert feedback.call("POST", "/feedback", body, api_key_id=REVIEWERS_API_KEY_ID).status < 300
        assert stored_feedback(resources, prediction_id, "reviewer").draw == draw


@pytest.mark.usefixtures("every_vote_is_drawn")
def test_a_vote_that_cannot_be_listed_is_recorded_all_the_same(
    feedback: Function, resources: Resources, caplog: pytest.LogCaptureFixture
) -> None:
    resources.dynamodb.delete_table(TableName=resources.audit)
    prediction_id = a_prediction(resources)

    assert feedback.call("POST", "/feedback", {"prediction_id": prediction_id, "verdict": "up"}).status == 201
    assert "could not be listed" in caplog.text
