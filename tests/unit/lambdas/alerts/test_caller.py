"""Only Alertmanager, with the token of this loop, may ask for a retraining."""

from __future__ import annotations

import hmac

import pytest

from lambdas.alerts.caller import check_caller
from lambdas.alerts.errors import ForbiddenError, UnauthenticatedError
from sentiment.keys import alerts_token

TOKEN = alerts_token(b"a key for tests")


def never() -> str:
    raise AssertionError("the secret is read for a request without a token")


@pytest.mark.parametrize("header", [f"Bearer {TOKEN}", f"bearer {TOKEN}", f"Bearer  {TOKEN} "])
@pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION"])
def test_the_token_of_the_loop_opens_the_route(name: str, header: str) -> None:
    check_caller({"Host": "127.0.0.1", name: header}, lambda: TOKEN)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer  "},
        {"Authorization": TOKEN},
        {"Authorization": f"Basic {TOKEN}"},
        {"x-api-key": TOKEN},
    ],
)
def test_a_request_without_a_token_is_refused_before_the_secret_is_read(headers: dict[str, str]) -> None:
    with pytest.raises(UnauthenticatedError):
        check_caller(headers, never)


@pytest.mark.parametrize(
    "given",
    [TOKEN[:-1], TOKEN + "0", TOKEN.upper(), "0" * 64, alerts_token(b"the secret of another loop"), "ö", "\ud800"],
)
def test_a_wrong_token_is_refused_by_a_comparison_in_constant_time(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return constant_time(one, other)

    constant_time = hmac.compare_digest
    monkeypatch.setattr(hmac, "compare_digest", compare)

    with pytest.raises(ForbiddenError) as error:
        check_caller({"Authorization": f"Bearer {given}"}, lambda: TOKEN)

    assert compared == [(given.encode(errors="replace"), TOKEN.encode())], "nothing else looks at the token"
    assert given not in str(error.value)
