"""Who calls: Alertmanager, by a token that is derived from the loop's secret."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from lambdas.alerts.errors import ForbiddenError, UnauthenticatedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def check_caller(headers: Mapping[str, str], token: Callable[[], str]) -> None:
    """Check the header `Authorization: Bearer <token>`; the time that takes says nothing of the token.

    Args:
        headers: Those of the request, in any spelling.
        token: Returns the right token. It is not called for a request without one.

    Raises:
        UnauthenticatedError: There is no bearer token.
        ForbiddenError: It is a wrong one.
    """
    header = next((value for name, value in headers.items() if name.lower() == "authorization"), "")
    scheme, _, given = header.partition(" ")
    if scheme.lower() != "bearer" or not given.strip():
        raise UnauthenticatedError("this call needs the header Authorization: Bearer with the token of Alertmanager")
    # As bytes: a comparison of texts refuses those that are not ASCII.
    if not hmac.compare_digest(given.strip().encode(errors="replace"), token().encode()):
        raise ForbiddenError("this is not the token of this loop's Alertmanager")
