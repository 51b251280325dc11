"""A run of the monitor, from the tables to a real pushgateway."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections import Counter
from typing import TYPE_CHECKING, Any

import boto3
import httpx
import pytest

from lambdas.archive.counting import EventCounts, addition
from lambdas.archive.records import line_of
from lambdas.feedback.ledger import Ledger
from lambdas.shared.items import to_item
from monitoring.monitor.production import Production
from monitoring.monitor.pushgateway import Pushgateway
from monitoring.monitor.quality_days import QualityDays
from monitoring.monitor.retrainings import Retrainings
from monitoring.monitor.run import Monitor, Sources
from monitoring.monitor.settings import Settings
from sentiment.clock import utc_now
from sentiment.schemas import metrics
from sentiment.schemas.metrics import JOB_FUNCTIONS
from tests.integration.events import a_prediction
from tests.integration.lambdas import books
from tests.integration.pushgateway import pushed, pushgateway

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.samples import Sample

    from sentiment.schemas.api import Verdict
    from tests.integration.lambdas.functions import Publish
    from tests.integration.resources import Resources


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with pushgateway(tmp_path_factory.mktemp("pushgateway")) as address:
        yield f"http://{address}"


@pytest.fixture
def sqs(emulator: str) -> Iterator[Any]:
    client = boto3.client("sqs", endpoint_url=emulator)
    yield client
    client.close()


@pytest.fixture
def settings(resources: Resources, sqs: Any, gateway: str) -> Settings:  # noqa: ANN401 - an SQS client
    queue = sqs.create_queue(QueueName=resources.quality)["QueueUrl"]
    return Settings(resources.quality, resources.monitoring, resources.artifacts, queue, gateway)


@pytest.fixture
def sources(resources: Resources, sqs: Any) -> Sources:  # noqa: ANN401 - an SQS client
    return Sources(
        dynamodb=resources.dynamodb,
        sqs=sqs,
        production=Production(resources.artifacts, resources.s3),
        quality=QualityDays(resources.quality, resources.monitoring, resources.dynamodb),
        retrainings=Retrainings(resources.artifacts, resources.s3),
    )


@pytest.fixture
def monitor(settings: Settings, sources: Sources) -> Monitor:
    return Monitor(settings, sources, Pushgateway(settings.pushgateway_url), utc_now)


def vote(resources: Resources, prediction: str, verdict: Verdict) -> None:
    Ledger(books.tables(resources), lambda: resources.dynamodb).record(prediction, verdict, None)


def samples(url: str, name: str) -> list[Sample]:
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


def test_a_run_that_another_one_overtook_pushes_newer_numbers(
    resources: Resources, settings: Settings, sources: Sources, gateway: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    vote(resources, books.a_prediction(resources), "up")
    slow, fast = (Monitor(settings, sources, Pushgateway(gateway), utc_now) for _ in range(2))
    push = Pushgateway.push

    def push_after_another_run(of: Pushgateway, samples: Any) -> None:  # noqa: ANN401 - passed on
        monkeypatch.setattr(Pushgateway, "push", push)
        vote(resources, books.a_prediction(resources), "down")
        fast.run()
        push(of, samples)

    monkeypatch.setattr(Pushgateway, "push", push_after_another_run)
    slow.run()

    assert value(gateway, metrics.LABELS.name, window="1h") == 2


def test_groups_of_environments_that_are_gone_are_deleted(
    gateway: str, monitor: Monitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    for instance in range(200):
        encoded = urlsafe_b64encode(f"a/b {instance}".encode()).decode()
        path = f"/metrics/job/{JOB_FUNCTIONS}/function/inference/instance@base64/{encoded}"
        httpx.put(f"{gateway}{path}", content=b"a_metric 1\n").raise_for_status()
    httpx.put(f"{gateway}/metrics/job/somebody-else", content=b"a_metric 1\n").raise_for_status()

    monitor.run()
    assert len(samples(gateway, "a_metric")) == 201

    monkeypatch.setattr("monitoring.monitor.pushgateway.SILENT_S", 0.0)
    monitor.run()
    monitor.run()

    assert [sample.labels["job"] for sample in samples(gateway, "a_metric")] == ["somebody-else"]
    assert value(gateway, metrics.PUSHING_ENVIRONMENTS.name) == 0


def test_the_handler_reads_the_days_of_the_feedback_that_it_is_given(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, publish: Publish
) -> None:
    publish("7")
    for name in Settings.__dataclass_fields__:
        monkeypatch.setenv(name.upper(), getattr(settings, name))
    from monitoring.monitor import handler  # noqa: PLC0415 - it reads the variables

    told: Counter[str] = Counter()
    read = QualityDays.read

    def noting(of: QualityDays, since: Any, now: Any, changed: Any) -> Any:  # noqa: ANN401 - passed on
        told.update(map(str, changed))
        return read(of, since, now, changed)

    monkeypatch.setattr(QualityDays, "read", noting)
    image = {"bucket": {"S": "2026-11-23T12#7#voluntary#3"}}
    handler.handler({"Records": [{"dynamodb": {"NewImage": image}}, {"dynamodb": {}}]}, None)
    handler.handler({"source": "aws.events"}, None)

    assert told == {"2026-11-23": 1}
