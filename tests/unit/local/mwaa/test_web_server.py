"""Tokens are valid once, for a minute; the command line runs only what MWAA runs."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from local.mwaa import command_line
from local.mwaa.command_line import NotAllowedError, Outcome, parse
from local.mwaa.tokens import LIFETIME_S, Tokens
from tests.unit.local.mwaa.conftest import SIGNED, Clock, Server

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx


@pytest.fixture(autouse=True)
def ran(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that would have been run."""
    commands: list[list[str]] = []

    async def run(arguments: list[str], _environment: Mapping[str, str]) -> Outcome:
        commands.append(arguments)
        return Outcome(0 if arguments != ["dags", "details", "nope"] else 1, b"3.3.1\n", b"")

    monkeypatch.setattr(command_line, "run", run)
    return commands


def cli(server: Server, token: str, command: str = "version") -> httpx.Response:
    headers = {"authorization": f"Bearer {token}", "content-type": "text/plain"}
    return server.post("/aws_mwaa/cli", content=command, headers=headers)


def cli_token(server: Server) -> str:
    return str(server.post("/clitoken/SentimentLoop", headers=SIGNED).json()["CliToken"])


def web_token(server: Server) -> str:
    return str(server.post("/webtoken/SentimentLoop", headers=SIGNED).json()["WebToken"])


def test_a_command_returns_its_output(server: Server, ran: list[list[str]]) -> None:
    answer = cli(server, cli_token(server), "dags trigger d --conf '{\"a b\": 1}'")
    assert answer.status_code == 200
    assert base64.b64decode(answer.json()["stdout"]) == b"3.3.1\n"
    assert ran == [["dags", "trigger", "d", "--conf", '{"a b": 1}']]


def test_a_command_that_fails_returns_400_with_its_output(server: Server) -> None:
    answer = cli(server, cli_token(server), "dags details nope")
    assert (answer.status_code, set(answer.json())) == (400, {"stdout", "stderr"})


def test_a_token_works_once(server: Server, ran: list[list[str]]) -> None:
    token = cli_token(server)
    assert [cli(server, token).status_code for _ in range(2)] == [200, 403]
    assert len(ran) == 1


@pytest.mark.parametrize(("age_s", "status"), [(LIFETIME_S - 0.1, 200), (LIFETIME_S, 403), (LIFETIME_S + 3600, 403)])
def test_a_token_works_for_a_minute(server: Server, clock: Clock, age_s: float, status: int) -> None:
    token = cli_token(server)
    clock.now += age_s
    assert cli(server, token).status_code == status


@pytest.mark.parametrize("token", ["", "made-up", "0" * 64])
def test_a_token_that_was_not_issued_is_forbidden(server: Server, ran: list[list[str]], token: str) -> None:
    assert (cli(server, token).status_code, ran) == (403, [])


def test_web_tokens_and_command_line_tokens_are_not_interchangeable(server: Server) -> None:
    assert cli(server, web_token(server)).status_code == 403
    assert server.post("/aws_mwaa/login", data={"token": cli_token(server)}).status_code == 403


@pytest.mark.parametrize("path", ["/aws_mwaa/login", "/pluginsv2/aws_mwaa/login"])
def test_a_web_token_becomes_airflows_login_once(server: Server, path: str) -> None:
    token = web_token(server)
    answer = server.post(path, data={"token": token})
    assert (answer.status_code, answer.cookies["_token"]) == (200, "token-1")
    assert "httponly" in answer.headers["set-cookie"].lower()
    assert server.post(path, data={"token": token}).status_code == 403


def test_expired_tokens_are_not_kept() -> None:
    clock = Clock()
    tokens = Tokens(clock)
    for _ in range(100):
        tokens.issue()
        clock.now += LIFETIME_S
    assert len(tokens._expiries) == 1


@pytest.mark.parametrize(
    "line",
    [
        *(
            "",
            "users create --role Admin",
            "db reset --yes",
            "db migrate",
            "db",
            "scheduler",
            "config list",
            "standalone",
        ),
        *("dags", "dags backfill d", "connections export -", "version; rm -rf /", "dags list 'unclosed", "--help"),
    ],
)
def test_a_command_that_mwaa_does_not_run_is_refused(server: Server, ran: list[list[str]], line: str) -> None:
    answer = cli(server, cli_token(server), line)
    assert (answer.status_code, ran) == (400, [])


def test_nothing_in_a_command_is_expanded() -> None:
    assert parse("variables set k '$(id) `id` > /tmp/x'")[-1] == "$(id) `id` > /tmp/x"
    with pytest.raises(NotAllowedError):
        parse("$(id)")
