"""Who may see the pages beyond this machine."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from frontend.login import allows
from frontend.settings import Settings

ANN = {"email": "Ann@Example.org", "email_verified": True}


@pytest.mark.parametrize(
    ("users", "claims", "allowed"),
    [
        (["ann@example.org"], ANN, True),
        (["bob@example.com", "@example.org"], ANN, True),
        (["*"], {"sub": "1"}, True),
        ([], ANN, False),
        (["@ample.org"], ANN, False),
        (["ann@example.org"], {"email": "ann@example.org"}, False),
        (["ann@example.org"], ANN | {"email_verified": False}, False),
    ],
)
def test_only_verified_addresses_on_the_list_may_enter(
    users: list[str],
    claims: dict[str, object],
    allowed: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    assert allows(users, claims) is allowed


def test_with_another_host_name_the_pages_ask_for_a_login() -> None:
    key = SecretStr("key")
    assert Settings(api_url="http://127.0.0.1", api_key=key).on_this_machine_only
    beyond = Settings(api_url="http://127.0.0.1", api_key=key, frontend_hosts="localhost loop.example.org")
    assert not beyond.on_this_machine_only
