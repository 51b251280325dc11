"""What retraining runs left behind, as real runs leave it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from frontend.clients.problems import ProblemError
from frontend.clients.retrainings import PLANNED, Retrainings
from sentiment.clock import utc_now
from tests.integration.training.retraining.evaluated_run import evaluated_run, keep
from training.retraining.results import Reported
from training.retraining.run import EndedError, Run
from training.retraining.steps import DECIDE, INGEST, PROMOTE, REPORT, STEPS, Step

if TYPE_CHECKING:
    from datetime import datetime

    from tests.integration.resources import Resources
    from tests.integration.training.versions import MakeVersion
    from training.retraining.run import RetrainingSettings


@pytest.fixture
def retrainings(resources: Resources) -> Retrainings:
    return Retrainings(resources.artifacts, region="us-east-1")


@pytest.fixture
def began() -> datetime:
    return utc_now() - timedelta(minutes=1)


def test_a_promotion_is_read_with_its_decision_and_report(
    settings: RetrainingSettings, make_version: MakeVersion, retrainings: Retrainings, began: datetime
) -> None:
    evaluated = evaluated_run(settings, make_version, "better", candidate_wrong=60)
    run = Run(settings, "better")
    run.do(DECIDE)
    run.do(PROMOTE)
    keep(run, REPORT, Reported(report=run.workspace.put("report.html", b"<p>report", "text/html")))

    found = retrainings.read("better", began=began)

    assert (found.promotion, found.served) == ("promoted", evaluated.candidate)
    assert (found.candidate, found.production) == (evaluated.candidate, evaluated.production)
    assert found.report == b"<p>report"
    assert found.decision is not None
    assert (found.decision.outcome, found.decision.held_out) == ("improves", 1000)
    assert [one.name for one in found.decision.intervals()] == [
        "F1 against production",
        "macro-F1 against production",
        "F1 against the anchor",
        "macro-F1 against the anchor",
    ]
    assert [step.name for step in found.steps if step.state is None] == ["materialise"]


def test_a_step_that_ended_the_run_says_why(
    settings: RetrainingSettings, retrainings: Retrainings, began: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(_run: Run) -> None:
        raise EndedError("no new data", "No review is new since version 1.")

    monkeypatch.setattr(Step, "load_function", lambda _step: nothing)
    Run(settings, "idle").do(INGEST)

    found = retrainings.read("idle", began=began)

    assert (found.steps[0].state, found.steps[0].reason) == ("no new data", "No review is new since version 1.")
    assert (found.decision, found.report, found.failure) == (None, None, "")


def test_a_failed_step_is_found_in_the_audit_log(
    settings: RetrainingSettings, retrainings: Retrainings, began: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_run: Run) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(Step, "load_function", lambda _step: fail)
    with pytest.raises(RuntimeError):
        Run(settings, "unlucky").do(INGEST)

    assert retrainings.read("unlucky", began=began).failure == "The step ingest failed: the disk is full"


def test_a_run_without_outcomes_has_none(retrainings: Retrainings, began: datetime) -> None:
    found = retrainings.read("unknown", began=began)
    assert found.steps == PLANNED
    assert len(found.steps) == len(STEPS)


def test_a_damaged_outcome_and_a_missing_store_are_sentences(
    resources: Resources, retrainings: Retrainings, began: datetime
) -> None:
    resources.s3.put_object(Bucket=resources.artifacts, Key="retraining/broken/ingest.json", Body=b"{")
    with pytest.raises(ProblemError, match="damaged or incomplete"):
        retrainings.read("broken", began=began)
    with pytest.raises(ProblemError, match="does not answer"):
        Retrainings("no-such-bucket", region="us-east-1").read("any", began=began)
