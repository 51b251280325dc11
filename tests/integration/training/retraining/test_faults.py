"""S3 fails at each write of decision and promotion: nothing is half done, and a retry does the rest once."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from tests.integration.training.retraining.evaluated_run import evaluated_run
from training.errors import StorageError
from training.registry.registry import open_registry
from training.registry.state import read_state
from training.retraining.run import Run
from training.retraining.steps import DECIDE, PROMOTE

if TYPE_CHECKING:
    from tests.integration.breaking import BreakingProxy, Moment
    from tests.integration.training.retraining.evaluated_run import EvaluatedRun
    from tests.integration.training.versions import MakeVersion
    from training.retraining.run import RetrainingSettings


def decide_and_promote(evaluated: EvaluatedRun) -> None:
    Run(evaluated.settings, evaluated.run_id).do(DECIDE)
    Run(evaluated.settings, evaluated.run_id).do(PROMOTE)


@pytest.mark.usefixtures("nobody_asks_twice")
@pytest.mark.parametrize("moment", ["before the server has it", "after the server has it"])
def test_whichever_write_fails_the_retry_promotes_exactly_once(
    settings: RetrainingSettings,
    make_version: MakeVersion,
    *,
    aws_proxy: BreakingProxy,
    moment: Moment,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    failed: list[str] = []
    for number in range(1, 30):
        evaluated = evaluated_run(settings, make_version, f"run-{number}")
        aws_proxy.break_at(number, moment, only="PUT")
        with monkeypatch.context() as patch:
            patch.setenv("AWS_ENDPOINT_URL_S3", aws_proxy.url)
            with suppress(StorageError):
                decide_and_promote(evaluated)
        if not aws_proxy.broken:
            break
        failed.append(aws_proxy.broken[0])
        registry = open_registry(settings.training)
        state = read_state(registry.tracking, registry.store)
        assert state.problem is None
        assert state.stored.pointer is not None
        assert state.stored.pointer.model_version in {evaluated.production, evaluated.candidate}
        decide_and_promote(evaluated)
        decide_and_promote(evaluated)
        check_promoted_once(evaluated)
    assert {key.rpartition("/")[2] for key in failed} >= {
        "decision.json",
        "decide.json",
        "production.json",
        "promote.json",
    }
    assert sum("/audit/" in key for key in failed) >= 3
    assert any("/serving/models/" in key for key in failed)


def check_promoted_once(evaluated: EvaluatedRun) -> None:
    """Pointer, alias and artifact are the candidate's, and the audit log has one decision and one promotion."""
    run = Run(evaluated.settings, evaluated.run_id)
    state = read_state(run.registry.tracking, run.registry.store)
    assert state.agreed
    assert state.stored.pointer is not None
    assert state.stored.pointer.model_version == evaluated.candidate
    assert state.stored.pointer.previous_version == evaluated.production
    assert run.result(PROMOTE).outcome == "promoted"
    kinds = [entry.kind for entry in run.registry.audit.entries() if entry.run_id == evaluated.run_id]
    assert [kind for kind in kinds if kind != "failure"] == ["decision", "promotion"]
