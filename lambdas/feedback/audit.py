"""The route by which reviewers get what waits for their labels."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from lambdas.feedback.ledger import TooSlowError
from lambdas.shared.aws import AwsError, error_code
from lambdas.shared.web.errors import ApiError, documented, unavailable
from sentiment.schemas.api import AuditAnswer, AuditRequest

if TYPE_CHECKING:
    from lambdas.feedback.callers import Callers
    from lambdas.feedback.waiting import WaitingList

router = APIRouter()


async def _only_reviewers(request: Request) -> None:
    """Refuse any other caller, before the parameters are looked at."""
    callers: Callers = request.app.state.callers
    if callers.source_of(request) != "reviewer":
        raise ApiError(HTTPStatus.FORBIDDEN, "forbidden", "this call needs the reviewers' API key in x-api-key")


@router.get(
    "/audit",
    operation_id="list_waiting",
    summary="List what waits for a reviewer's label",
    response_model=AuditAnswer,
    dependencies=[Depends(_only_reviewers)],
    responses=documented(422, 503),
)
async def audit(request: Request, asked: Annotated[AuditRequest, Query()]) -> Response:
    """Return the texts without the model's answer, the audit draw first. For the reviewers' API key only."""
    waiting: WaitingList = request.app.state.waiting
    try:
        page = waiting.page(asked.limit, asked.after, asked.draw)
    except TooSlowError as error:
        raise unavailable("storage_unavailable", "the list could not be read in time") from error
    except AwsError as error:
        raise unavailable("storage_unavailable", f"the list could not be read ({error_code(error)})") from error
    return Response(page.model_dump_json(), media_type="application/json")
