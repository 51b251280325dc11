"""A monitor of the emulator's tables, and a real pushgateway."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest

from monitoring.monitor import first_zeros
from monitoring.monitor.production import Production
from monitoring.monitor.pushgateway import Pushgateway
from monitoring.monitor.quality_days import QualityDays
from monitoring.monitor.retrainings import Retrainings
from monitoring.monitor.run import Monitor, Sources
from monitoring.monitor.settings import Settings
from sentiment.clock import utc_now
from tests.integration.pushgateway import pushgateway

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.resources import Resources


@pytest.fixture(autouse=True)
def _scraped_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counters have their value from the first run on."""
    monkeypatch.setattr(first_zeros, "SCRAPED_WITHIN_S", 0.0)


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
