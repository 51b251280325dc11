"""A run of the monitor, from the tables to a real pushgateway."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from lambdas.archive.counting import EventCounts, addition
from lambdas.archive.records import line_of
from lambdas.feedback.ledger import Ledger
from lambdas.shared.items import to_item
from monitoring.monitor.pushgateway import Pushgateway
from monitoring.monitor.quality_days import QualityDays
from monitoring.monitor.run import Monitor, Sources
from monitoring.monitor.settings import Settings
from monitoring.monitor.turns import Turns
from sentiment.clock import utc_now
from sentiment.schemas import metrics
from tests.integration.events import a_prediction
from tests.integration.lambdas import books
from tests.integration.pushgateway import pushed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prometheus_client.samples import Sample as Pushed

    from monitoring.monitor.figures import Sample
    from sentiment.schemas.api import Verdict
    from tests.integration.lambdas.functions import Publish
    from tests.integration.resources import Resources


WAIT_S = 20
"""Less than a run waits for one that has been killed."""


def vote(resources: Resources, prediction: str, verdict: Verdict) -> None:
    Ledger(books.tables(resources), lambda: resources.dynamodb).record(prediction, verdict, None)


def samples(url: str, name: str) -> list[Pushed]:
    return [sample for sample in pushed(url) if sample.name == name]


def value(url: str, name: str, **labels: str) -> float:
    """Return the value of the one sample that has these labels."""
    (found,) = [sample.value for sample in samples(url, name) if labels.items() <= sample.labels.items()]
    return found


def test_what_is_pushed_is_what_people_said(
    resources: Resources, publish: Publish, gateway: str, monitor: Monitor
) -> None:
    publish("7")
    verdicts: list[Verdict] = ["up", "up", "up", "down", "up"]
    for verdict in verdicts:
        vote(resources, books.a_prediction(resources), verdict)
    changed = books.a_prediction(resources, label="negative")
    vote(resources, changed, "up")
    vote(resources, changed, "down")
    events = [a_prediction(at=utc_now()) for _ in range(20)]
    lines = (line_of({"dynamodb": {"NewImage": to_item(event)}}) for event in events)
    EventCounts(resources.monitoring, resources.dynamodb, utc_now).add(map(addition, lines))

    monitor.run()

    labels = {"window": "24h", "source": "voluntary", "model_version": "7"}
    assert value(gateway, metrics.F1.value.name, **labels) == pytest.approx(2 * 4 / (2 * 4 + 1 + 1))
    assert value(gateway, metrics.LABELS.name, **labels) == 6
    assert value(gateway, metrics.PREDICTIONS.name, label="positive", model_version="7") == 20
    assert value(gateway, metrics.MODEL_INFO.name, model_version="7") == 1
    assert value(gateway, metrics.ARCHIVE_FAILURES.name) == 0
    assert {sample.value for sample in samples(gateway, metrics.MONITOR_PROBLEM.name)} == {0}


def test_a_part_that_cannot_be_read_leaves_the_others(
    resources: Resources, publish: Publish, gateway: str, monitor: Monitor
) -> None:
    publish("7", data=b"no model")
    vote(resources, books.a_prediction(resources), "up")

    monitor.run()

    assert value(gateway, metrics.MONITOR_PROBLEM.name, part="production") == 1
    assert value(gateway, metrics.MONITOR_PROBLEM.name, part="quality") == 0
    assert value(gateway, metrics.F1.value.name, window="1h") == 1
    assert not samples(gateway, metrics.MODEL_INFO.name)


def test_a_run_that_begins_during_another_one_pushes_after_it(
    resources: Resources, settings: Settings, sources: Sources, gateway: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    vote(resources, books.a_prediction(resources), "up")
    slow, quick = (Monitor(settings, sources, Pushgateway(gateway), utc_now) for _ in range(2))
    waits = threading.Event()
    holder, push = Turns._holder, Pushgateway.push
    seen: list[float] = []

    def note_that_it_waits(of: Turns) -> str:
        waits.set()
        return holder(of)

    def push_while_another_run_waits(of: Pushgateway, samples: Iterable[Sample]) -> None:
        if not waits.is_set():
            vote(resources, books.a_prediction(resources), "down")
            second = pool.submit(quick.run)
            assert waits.wait(WAIT_S)
            assert not second.done()
        push(of, samples)
        seen.append(value(gateway, metrics.LABELS.name, window="1h"))

    monkeypatch.setattr(Turns, "_holder", note_that_it_waits)
    monkeypatch.setattr(Pushgateway, "push", push_while_another_run_waits)
    with ThreadPoolExecutor(1) as pool:
        slow.run()

    assert seen == [1, 2]


def test_the_handler_reads_the_days_of_the_feedback_that_it_is_given(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, publish: Publish
) -> None:
    publish("7")
    for name in Settings.__dataclass_fields__:
        monkeypatch.setenv(name.upper(), getattr(settings, name))
    from monitoring.monitor import handler  # noqa: PLC0415 - it reads the variables

    told: list[str] = []
    monkeypatch.setattr(QualityDays, "changed", lambda _, days: told.extend(map(str, days)))
    image = {"bucket": {"S": "2026-11-23T12#7#voluntary#3"}}
    handler.handler({"Records": [{"dynamodb": {"NewImage": image}}, {"dynamodb": {}}]}, None)
    handler.handler({"source": "aws.events"}, None)

    assert told == ["2026-11-23"]
