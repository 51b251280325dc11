"""Requests that are refused, each with its HTTP status, a code for programs and a message for people."""

from __future__ import annotations

from http import HTTPStatus


class RefusedRequestError(Exception):
    """A request that is not acted on; the message quotes nothing of it."""

    status = HTTPStatus.BAD_REQUEST
    code = "malformed"


class UnauthenticatedError(RefusedRequestError):
    """It has no bearer token."""

    status = HTTPStatus.UNAUTHORIZED
    code = "unauthenticated"


class ForbiddenError(RefusedRequestError):
    """Its token is not this loop's."""

    status = HTTPStatus.FORBIDDEN
    code = "forbidden"


class TooLargeError(RefusedRequestError):
    """Its body is larger than any notification of Alertmanager's here."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "too_large"
