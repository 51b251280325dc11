"""The API's errors, as AWS's service model declares them and SDKs know them by name."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse


class ApiError(Exception):
    """An error as MWAA's service model (2020-07-01) declares it.

    Attributes:
        code: Its name there.
        status: The HTTP status that the model gives it.
        body: Its members.
    """

    def __init__(self, code: str, status: int, body: dict[str, Any]) -> None:
        super().__init__(code)
        self.code, self.status, self.body = code, status, body

    def response(self) -> JSONResponse:
        """The answer."""
        return JSONResponse(self.body, self.status, headers={"x-amzn-ErrorType": self.code})


def not_found(name: str) -> ApiError:
    """There is no such environment."""
    return ApiError("ResourceNotFoundException", 404, {"message": f"Environment {name} not found"})


def invalid(message: str) -> ApiError:
    """The request is not valid."""
    return ApiError("ValidationException", 400, {"message": message})


def unsigned() -> ApiError:
    """The request is not signed: an error common to all services. Any signature is accepted here."""
    return ApiError("MissingAuthenticationTokenException", 403, {"message": "Missing Authentication Token"})


def internal(message: str) -> ApiError:
    """MWAA itself failed."""
    return ApiError("InternalServerException", 500, {"message": message})


def from_airflow(status: int, answer: Any) -> ApiError:  # noqa: ANN401 (any JSON)
    """Airflow answered with an error; the caller gets its status and content."""
    code = "RestApiClientException" if status < 500 else "RestApiServerException"  # noqa: PLR2004 (HTTP)
    return ApiError(code, 400, {"RestApiStatusCode": status, "RestApiResponse": answer})
