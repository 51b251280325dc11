"""`increase` ends at the truth, even if the servers on the way to Prometheus fail or are restarted."""

from __future__ import annotations

import math
import signal
import socket
import traceback
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

import httpx
import pytest
import tenacity

from lambdas.archive.counting import EventCounts, addition
from lambdas.archive.records import line_of
from lambdas.feedback.ledger import Ledger
from lambdas.shared.items import to_item
from local.ports import free_port
from monitoring.monitor import first_zeros
from monitoring.monitor import pushgateway as monitors
from monitoring.monitor.pushgateway import Pushgateway, PushgatewayError
from monitoring.monitor.run import Monitor, Sources
from sentiment.clock import utc_now
from sentiment.schemas import metrics
from tests.integration.events import a_prediction
from tests.integration.lambdas import books
from tests.integration.lambdas.shared.test_bad_pushgateways import answers, bad_gateway, closes, is_silent
from tests.integration.monitoring.test_monitor import value
from tests.integration.prometheus import prometheus
from tests.integration.pushgateway import pushed, pushgateway

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from monitoring.monitor.settings import Settings
    from tests.integration.lambdas.functions import Publish
    from tests.integration.lambdas.shared.test_bad_pushgateways import Behaviour
    from tests.integration.prometheus import Prometheus
    from tests.integration.resources import Resources

PREDICTIONS = f'{metrics.PREDICTIONS.name}{{label="positive",model_version="7"}}'
WAIT_S = 30
MIDNIGHT = datetime(2026, 11, 30, tzinfo=UTC)
DEAD = 10_000
"""Environments that are gone; a pushgateway takes 12 s for 10,000."""


class NewMonitor(Protocol):
    """A monitor that pushes to a URL, as a new execution environment has it, with a clock."""

    def __call__(self, url: str, now: Callable[[], datetime] = utc_now) -> Monitor: ...


@pytest.fixture
def monitor_of(settings: Settings, sources: Sources) -> NewMonitor:
    return lambda url, now=utc_now: Monitor(settings, sources, Pushgateway(url), now)


def predict(resources: Resources, times: int, at: datetime | None = None) -> None:
    """Count predictions as the archive function does, each of them delivered twice."""
    events = [a_prediction(at=at or utc_now()) for _ in range(times)]
    additions = [addition(line_of({"dynamodb": {"NewImage": to_item(event)}})) for event in events]
    for _ in range(2):
        EventCounts(resources.monitoring, resources.dynamodb, lambda: at or utc_now()).add(additions)


def wait_until_scraped(server: Prometheus, total: int) -> None:
    for attempt in tenacity.Retrying(
        stop=tenacity.stop_after_delay(WAIT_S), wait=tenacity.wait_fixed(0.1), reraise=True
    ):
        with attempt:
            assert [one.value for one in server.ask(PREDICTIONS)] == [total]


def increase(server: Prometheus) -> float:
    """Return the increase of all time at the newest sample: after it, Prometheus would extrapolate."""
    (newest,) = server.ask(f"timestamp({PREDICTIONS})")
    (found,) = server.ask(f"increase({PREDICTIONS}[1h])", at=newest.value)
    return found.value


def test_increase_is_the_truth_after_prometheus_was_killed(
    resources: Resources, publish: Publish, gateway: str, monitor_of: NewMonitor, tmp_path: Path
) -> None:
    publish("7")
    monitor, scraped = monitor_of(gateway), gateway.removeprefix("http://")
    monitor.run()
    with prometheus(tmp_path, scraped, end=signal.SIGKILL) as server:
        wait_until_scraped(server, 0)
        predict(resources, 20)
        monitor.run()
        wait_until_scraped(server, 20)
    predict(resources, 15)
    monitor.run()
    predict(resources, 5)
    with prometheus(tmp_path, scraped) as server:
        wait_until_scraped(server, 35)
        monitor.run()
        wait_until_scraped(server, 40)
        assert increase(server) == pytest.approx(40)


def test_increase_is_the_truth_after_the_pushgateway_restarted(
    resources: Resources, publish: Publish, monitor_of: NewMonitor, tmp_path: Path
) -> None:
    publish("7")
    port, total = free_port(), 0
    monitor = monitor_of(f"http://127.0.0.1:{port}")
    file, on_a_full_disk = str(tmp_path / "kept"), str(tmp_path / "no folder" / "kept")
    with prometheus(tmp_path, f"127.0.0.1:{port}") as server:
        for kept, end in (
            ("", signal.SIGKILL),
            (file, signal.SIGTERM),
            (file, signal.SIGTERM),
            (on_a_full_disk, signal.SIGTERM),
            ("", signal.SIGTERM),
        ):
            with pushgateway(tmp_path, kept=kept, port=port, end=end):
                monitor.run()
                wait_until_scraped(server, total)
                predict(resources, 20)
                monitor.run()
                wait_until_scraped(server, total + 20)
                assert increase(server) == pytest.approx(total + 20)
            predict(resources, 5)
            with pytest.raises(PushgatewayError, match=r"does not answer: .*refused"):
                monitor.run()
            total += 25


def test_increase_has_what_was_counted_before_the_monitor_knew_of_it(
    resources: Resources,
    publish: Publish,
    gateway: str,
    monitor_of: NewMonitor,
    *,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish("7")
    predict(resources, 20)
    with prometheus(tmp_path, gateway.removeprefix("http://")) as server:
        with monkeypatch.context() as not_scraped_yet:
            not_scraped_yet.setattr(first_zeros, "SCRAPED_WITHIN_S", 3600.0)
            for _ in range(2):
                monitor_of(gateway).run()
            wait_until_scraped(server, 0)
        monitor_of(gateway).run()
        wait_until_scraped(server, 20)
        assert increase(server) == pytest.approx(20)


@pytest.mark.parametrize("apart", [timedelta(minutes=5), timedelta(minutes=-5)], ids=["ahead", "behind"])
def test_events_by_a_clock_five_minutes_off_count_once_at_midnight(
    apart: timedelta, *, resources: Resources, publish: Publish, gateway: str, monitor_of: NewMonitor
) -> None:
    publish("7")
    now = MIDNIGHT - apart / 2
    dated = now + apart
    monitor = monitor_of(gateway, lambda: now)
    monitor.run()
    predict(resources, 4, dated)
    prediction = books.a_prediction(resources, made_at=dated)
    Ledger(books.tables(resources), lambda: resources.dynamodb, now=lambda: dated).record(prediction, "up", None)

    for _ in range(2):
        monitor.run()

    assert value(gateway, metrics.PREDICTIONS.name, label="positive") == 4
    for window in metrics.WINDOWS:
        assert value(gateway, metrics.LABELS.name, window=window, source="voluntary") == 1
        assert value(gateway, metrics.COVERAGE.name, window=window, source="voluntary") == 0.25


def no_such_name(*_: object, **__: object) -> None:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (is_silent, "does not answer: .*timed out"),
        (closes, "does not answer: .*(closed|reset|aborted)"),
        (answers(200), "what answers is no pushgateway"),
        (answers(302), "the pushgateway answers GET /metrics with 302"),
        (answers(404), "the pushgateway answers GET /metrics with 404"),
        (answers(500), "the pushgateway answers GET /metrics with 500"),
    ],
)
def test_a_run_ends_and_says_what_is_wrong_with_the_pushgateway(
    behaviour: Behaviour, reason: str, *, monitor_of: NewMonitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(monitors, "LISTING_S", 0.5)
    with bad_gateway(behaviour) as bad, pytest.raises(PushgatewayError, match=reason) as raised:
        monitor_of(bad.url).run()
    assert "secret" not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://user:secret@127.0.0.1:1", "does not answer: .*refused"),
        ("http://user:secret@pushgateway.internal:9091", "does not answer: .*resolve"),
        ("http://user:sec/ret@127.0.0.1", "address is malformed"),
    ],
)
def test_a_run_says_what_is_wrong_with_the_address_but_no_password(
    url: str, reason: str, *, monitor_of: NewMonitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monitor = monitor_of(url)
    if "internal" in url:
        monkeypatch.setattr(socket, "getaddrinfo", no_such_name)
    with pytest.raises(PushgatewayError, match=reason) as raised:
        monitor.run()
    shown = "".join(traceback.format_exception(raised.value))
    assert "secret" not in shown
    assert "sec/ret" not in shown


@tenacity.retry(stop=tenacity.stop_after_delay(WAIT_S), wait=tenacity.wait_fixed(0.1), reraise=True)
def wait_until_it_holds(url: str, groups: int, pushing: int) -> None:
    """Wait: a pushgateway that checks no push says that it has one before it does."""
    text = httpx.get(f"{url}/metrics").raise_for_status().text
    assert text.count("\na_metric{") == groups
    assert f'{metrics.PUSHING_ENVIRONMENTS.name}{{instance="",job="{metrics.JOB_MONITOR}"}} {pushing}\n' in text


def test_groups_of_thousands_of_dead_environments_are_deleted(
    monitor_of: NewMonitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        pushgateway(tmp_path, "--push.disable-consistency-check") as address,
        httpx.Client(base_url=f"http://{address}") as client,
    ):
        for instance in range(DEAD):
            encoded = urlsafe_b64encode(f"a/b {instance}".encode()).decode()
            path = f"/metrics/job/{metrics.JOB_FUNCTIONS}/function/inference/instance@base64/{encoded}"
            client.put(path, content=b"a_metric 1\n").raise_for_status()
        client.put("/metrics/job/somebody-else", content=b"a_metric 1\n").raise_for_status()
        monitor = monitor_of(f"http://{address}")
        monitor_of(f"http://{address}", lambda: utc_now() + timedelta(hours=1)).run()
        wait_until_it_holds(f"http://{address}", groups=DEAD + 1, pushing=DEAD)

        monkeypatch.setattr(monitors, "SILENT_S", -1.0)
        with monkeypatch.context() as no_time:
            no_time.setattr(monitors, "DELETING_S", -1.0)
            monitor.run()
        wait_until_it_holds(f"http://{address}", groups=DEAD + 1, pushing=0)

        monitor.run()
        wait_until_it_holds(f"http://{address}", groups=1, pushing=0)


def test_before_the_first_model_and_label_every_number_is_one(gateway: str, monitor_of: NewMonitor) -> None:
    monitor_of(gateway).run()
    numbers = [sample for sample in pushed(gateway) if sample.labels.get("job") == metrics.JOB_MONITOR]
    assert all(math.isfinite(sample.value) for sample in numbers)
    assert not [sample for sample in numbers if sample.labels.get("window") or sample.labels.get("model_version")]
    assert {sample.value for sample in numbers if sample.name == metrics.MONITOR_PROBLEM.name} == {0}
