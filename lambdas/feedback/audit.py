"""The route by which reviewers get what waits for their labels."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from lambdas.feedback.waiting import TooSlowError
from lambdas.shared.aws import AwsError, error_code
from lambdas.shared.web.errors import ApiError, documented, unavailable
from sentiment.schemas.api import MAX_PAGE, AuditAnswer, AuditCursor

if TYPE_CHECKING:
    from lambdas.feedback.callers import Callers
    from lambdas.feedback.waiting import WaitingList

router = APIRouter()


@router.get(
    "/audit",
    operation_id="list_waiting",
    summary="List what waits for a reviewer's label",
    response_model=AuditAnswer,
    responses=documented(403, 422, 503),
)
async def audit(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="Texts of a page at most.")] = MAX_PAGE,
    after: Annotated[AuditCursor | None, Query(description="`next` of the page before.")] = None,
) -> Response:
    """Return the texts without the model's answer, the audit draw first. For the reviewers' API key only."""
    callers: Callers = request.app.state.callers
    waiting: WaitingList = request.app.state.waiting
    if callers.source_of(request) != "reviewer":
        raise ApiError(HTTPStatus.FORBIDDEN, "forbidden", "this call needs the reviewers' API key in x-api-key")
    try:
        page = waiting.page(limit, after)
    except TooSlowError as error:
        raise unavailable("storage_unavailable", "the list could not be read in time") from error
    except AwsError as error:
        raise unavailable("storage_unavailable", f"the list could not be read ({error_code(error)})") from error
    return Response(page.model_dump_json(), media_type="application/json")
