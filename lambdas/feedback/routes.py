"""The route by which people and reviewers give feedback."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from starlette.responses import Response

from lambdas.feedback.ledger import (
    CountersBusyError,
    DamagedError,
    ExpiredPredictionError,
    RaceError,
    TooSlowError,
    UnknownPredictionError,
)
from lambdas.shared.aws import AwsError, error_code
from lambdas.shared.web.errors import ApiError, documented, unavailable
from sentiment.schemas.api import FeedbackAnswer, FeedbackOutcome, FeedbackRequest, ReviewAnswer

if TYPE_CHECKING:
    from lambdas.feedback.callers import Callers, Names
    from lambdas.feedback.ledger import Ledger, Recorded
    from lambdas.feedback.voted import VotedDraws
    from sentiment.schemas.events import FeedbackEvent, Source

logger = logging.getLogger(__name__)

router = APIRouter()


@router.post(
    "/feedback",
    operation_id="give_feedback",
    summary="Say whether a prediction was right",
    response_model=FeedbackAnswer | ReviewAnswer,
    status_code=HTTPStatus.CREATED,
    responses={
        200: {"model": FeedbackAnswer | ReviewAnswer, "description": "Repeated, or a changed verdict"},
        201: {"description": "Recorded for the first time"},
        **documented(400, 404, 409, 410, 413, 415, 422, 503),
    },
)
async def feedback(request: Request, given: FeedbackRequest) -> Response:
    """Give a thumbs up or down. Safe to repeat; a changed verdict replaces the first one.

    With the reviewers' API key, send the true label instead: it is kept beside the thumbs, and counts as audited where
    the prediction was drawn for that.
    """
    ledger: Ledger = request.app.state.ledger
    callers: Callers = request.app.state.callers
    voted: VotedDraws = request.app.state.voted
    source = callers.source_of(request)
    _check_caller(given, source)
    try:
        outcome, event, probability = _record(ledger, given, callers.names(request, given.rater, source))
    except UnknownPredictionError as error:
        raise ApiError(HTTPStatus.NOT_FOUND, "unknown_prediction", "there is no such prediction") from error
    except ExpiredPredictionError as error:
        raise ApiError(HTTPStatus.GONE, "expired_prediction", "the prediction is too old to take feedback") from error
    except DamagedError as error:
        logger.error("no feedback for %s: %s", given.prediction_id, error)  # noqa: TRY400 - the message says all
        raise ApiError(HTTPStatus.CONFLICT, "damaged_prediction", f"{error}; it takes no feedback") from error
    except RaceError as error:
        raise unavailable("busy", "others give feedback on the same prediction right now: try again") from error
    except CountersBusyError as error:
        raise unavailable("busy", "more feedback comes in right now than can be counted: try again") from error
    except TooSlowError as error:
        raise unavailable("storage_unavailable", "the feedback could not be stored in time") from error
    except AwsError as error:
        raise unavailable("storage_unavailable", f"the feedback could not be stored ({error_code(error)})") from error
    if outcome != "repeated" and event.source == "voluntary":
        voted.offer(event, probability)
    return _answer(outcome, event)


def _record(ledger: Ledger, given: FeedbackRequest, names: Names) -> Recorded:
    if given.label is not None:
        return ledger.review(given.prediction_id, given.label, *names)
    assert given.verdict is not None  # noqa: S101 - the request says one of the two
    return ledger.record(given.prediction_id, given.verdict, *names)


def _check_caller(given: FeedbackRequest, source: Source) -> None:
    if given.label is not None and source != "reviewer":
        message = "only the reviewers' API key may send a label: send a verdict"
        raise ApiError(HTTPStatus.FORBIDDEN, "forbidden", message)
    if given.verdict is not None and source == "reviewer":
        message = "the reviewers' API key may not send a verdict: send the true label"
        raise ApiError(HTTPStatus.FORBIDDEN, "forbidden", message)


def _answer(outcome: FeedbackOutcome, event: FeedbackEvent) -> Response:
    answer = _feedback(outcome, event) if event.source == "voluntary" else _review(outcome, event)
    status = HTTPStatus.CREATED if outcome == "recorded" else HTTPStatus.OK
    return Response(answer.model_dump_json(), status, media_type="application/json")


def _review(outcome: FeedbackOutcome, event: FeedbackEvent) -> ReviewAnswer:
    return ReviewAnswer(prediction_id=event.prediction_id, outcome=outcome, label=event.label, revision=event.revision)


def _feedback(outcome: FeedbackOutcome, event: FeedbackEvent) -> FeedbackAnswer:
    return FeedbackAnswer(
        prediction_id=event.prediction_id,
        outcome=outcome,
        verdict=event.verdict,
        label=event.label,
        predicted=event.predicted,
        model_version=event.model_version,
        revision=event.revision,
    )
