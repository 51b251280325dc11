"""S3 fails at each write of the decision and of the promotion: nothing is half done, and a retry does the rest once."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from tests.integration.training.retraining.judged import judged_run
from training import retraining
from training.errors import StorageError
from training.registry import open_registry
from training.retraining.publishing import PROMOTE
from training.retraining.run import Run
from training.state import read_state

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from tests.integration.training.retraining.judged import Judged
    from tests.integration.training.versions import MakeVersion
    from training.retraining import RetrainingSettings

Moment = Literal["before the write", "after the write"]


class FailingClient:
    """A client whose connection breaks at one of its writes: before S3 has it, or before S3's answer is here."""

    def __init__(self, client: S3Client, at: int, moment: Moment) -> None:
        self._client = client
        self._left = at
        self._moment = moment
        self.failed_at = ""

    def __getattr__(self, name: str) -> object:
        return getattr(self._client, name)

    def put_object(self, **arguments: Any) -> object:  # noqa: ANN401 - handed through
        self._left -= 1
        if self._left > 0:
            return self._client.put_object(**arguments)
        if self._left == 0 and self._moment == "after the write":
            with suppress(ClientError):  # the object is there already, say: that answer is lost too
                self._client.put_object(**arguments)
        self.failed_at = self.failed_at or arguments["Key"]
        raise EndpointConnectionError(endpoint_url=self._client.meta.endpoint_url)


def decide_and_promote(judged: Judged) -> None:
    retraining.decide(judged.settings, judged.run_id)
    retraining.promote(judged.settings, judged.run_id)


@pytest.mark.parametrize("moment", ["before the write", "after the write"])
def test_whichever_write_fails_production_is_whole_and_the_retry_promotes_exactly_once(
    settings: RetrainingSettings,
    make_version: MakeVersion,
    s3: S3Client,
    moment: Moment,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    failed: list[str] = []
    for number in range(1, 30):
        judged = judged_run(settings, make_version, f"run-{number}")
        client = FailingClient(s3, number, moment)
        with monkeypatch.context() as patch:
            patch.setattr("training.storage.boto3.client", lambda *_, client=client, **__: client)
            with suppress(StorageError):
                decide_and_promote(judged)
        if not client.failed_at:
            break
        failed.append(client.failed_at)
        registry = open_registry(settings.training)
        state = read_state(registry.tracking, registry.store)
        assert state.problem is None
        assert state.stored.pointer is not None
        assert state.stored.pointer.model_version in {judged.production, judged.candidate}
        decide_and_promote(judged)
        decide_and_promote(judged)
        check_promoted_once(judged)
    assert {key.rpartition("/")[2] for key in failed} >= {
        "decision.json",
        "decide.json",
        "production.json",
        "promote.json",
    }
    assert sum(key.startswith("audit/") for key in failed) >= 3
    assert any(key.startswith("serving/models/") for key in failed)


def check_promoted_once(judged: Judged) -> None:
    """Pointer, alias and artifact are the candidate's, and the log has one decision and one promotion."""
    run = Run(judged.settings, judged.run_id)
    state = read_state(run.registry.tracking, run.registry.store)
    assert state.agreed
    assert state.stored.pointer is not None
    assert state.stored.pointer.model_version == judged.candidate
    assert state.stored.pointer.previous_version == judged.production
    assert run.result(PROMOTE).outcome == "promoted"
    kinds = [entry.kind for entry in run.registry.audit.entries() if entry.run_id == judged.run_id]
    assert [kind for kind in kinds if kind != "failure"] == ["decision", "promotion"]
