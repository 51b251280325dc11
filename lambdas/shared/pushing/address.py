"""The address of a pushgateway, which may have a user and a password in it. Standard library only."""

from __future__ import annotations

import base64
from typing import NamedTuple
from urllib.parse import unquote, urlsplit


class Address(NamedTuple):
    """Where to push.

    Attributes:
        url: Without user and password.
        headers: What authenticates a request there; empty without a user.
    """

    url: str
    headers: dict[str, str]


def address_of(url: str) -> Address:
    """Return the address.

    Args:
        url: `http://[user:password@]host[:port][/path]`; a character that has a meaning there is quoted, as `%40`.

    Raises:
        ValueError: It is no URL.
    """
    parts = urlsplit(url)
    userinfo, at, place = parts.netloc.rpartition("@")
    without_user = parts._replace(netloc=place).geturl()
    if not at:
        return Address(without_user, {})
    encoded = base64.b64encode(unquote(userinfo).encode()).decode()
    return Address(without_user, {"Authorization": f"Basic {encoded}"})
