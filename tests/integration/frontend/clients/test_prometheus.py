"""The client of Prometheus: what it returns, and what it says when it cannot."""

from __future__ import annotations

import socket
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx
import pytest

from frontend.clients import prometheus as clients
from frontend.clients.problems import ProblemError
from frontend.clients.prometheus import Prometheus
from frontend.quality.reading import read_now, read_over_time
from local.monitoring import password
from local.ports import free_port
from sentiment.clock import utc_now
from sentiment.evaluation.live_quality import Cells
from sentiment.schemas import metrics
from tests.integration.frontend.told import of_a_loop, prometheus_of
from tests.integration.prometheus import prometheus

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CELLS = Cells(180, 14, 110, 9)
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def now() -> datetime:
    """When the past ends that Prometheus knows; five minutes later its values are too old."""
    return utc_now().replace(microsecond=0)


@pytest.fixture(scope="module")
def client(now: datetime, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    with (
        prometheus_of(of_a_loop(now, labels=CELLS), tmp_path_factory.mktemp("prometheus")) as url,
        closing(Prometheus(url)) as made,
    ):
        yield made


def test_values_come_with_their_labels_and_time(client: Prometheus, now: datetime) -> None:
    (found,) = client.now(f'{metrics.CONFUSION.name}{{cell="fp", window="1h", source="audit", model_version="8"}}')
    assert found.value == 14
    assert found.labels["__name__"] == metrics.CONFUSION.name
    assert now <= found.at <= utc_now() + MINUTE


def test_what_is_no_number_is_left_out(client: Prometheus) -> None:
    assert client.now("vector(0) / 0") == []
    start, step = datetime.fromtimestamp(90, UTC), timedelta(seconds=10)
    (series,) = client.over("vector(1) / clamp_min(vector(time() - 100), 0)", start, start + 2 * step, step)
    assert series.points == [(start + 2 * step, 0.1)]


def test_the_page_finds_all_that_it_asks_for(client: Prometheus, now: datetime) -> None:
    assert read_now(client).value(metrics.MODEL_INFO) == 1
    over = read_over_time(client, "1h", "24h", now)
    accuracy = CELLS.accuracy()
    assert accuracy is not None
    audited = [curve for curve in over.accuracy if (curve.name, curve.version) == ("audit", "8")]
    assert audited[0].points[-1][1:] == pytest.approx(accuracy)
    assert {curve.name for curve in over.f1} == {curve.name for curve in over.coverage} >= {"audit", "voluntary"}
    assert {curve.name for curve in over.drift} == {"probability", "characters", "unknown_words"}
    half, most, nearly_all = (curve.points[-1].value for curve in over.latency)
    assert (half, most, nearly_all) == pytest.approx((0.005, 0.019375, 0.025))
    (promoted,) = over.promotions[-1:]
    assert (promoted.version, promoted.at) == ("8", now - timedelta(hours=1))


def problem(url: str, expression: str = "up") -> ProblemError:
    """Return why an expression has no answer."""
    with closing(Prometheus(url)) as client, pytest.raises(ProblemError) as raised:
        client.now(expression)
    return raised.value


def test_a_server_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "TIMEOUT", httpx.Timeout(0.2))
    assert "does not answer" in str(problem(f"http://user:secret@127.0.0.1:{free_port()}"))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert "takes too long" in str(problem(f"http://127.0.0.1:{silent.getsockname()[1]}"))


def test_a_server_that_asks_for_a_password_gets_it(tmp_path: Path) -> None:
    password.ensure_web_file(tmp_path)
    login = f"{password.USER}:{password.ensure(tmp_path)}"
    with prometheus(tmp_path, f"127.0.0.1:{free_port()}", login=login) as server:
        with closing(Prometheus(server.url)) as client:
            assert client.now("vector(1)")[0].value == 1
        assert str(problem(server.url.replace(login, "user:wrong"))) == (
            "Prometheus refuses this application's password."
        )


def test_a_refusal_is_a_sentence(client: Prometheus) -> None:
    with pytest.raises(ProblemError, match=r"^Prometheus answers with an error \(400\)\.$") as raised:
        client.now("no (PromQL")
    assert not raised.value.may_repeat
