"""The weekly retraining: from new reviews to a model in production, or to the reason why the old one stays.

The steps are declared in `training.retraining.steps`. Each keeps its outcome in S3 under the run's id and does nothing
if it has one already, so a retry continues where the run stopped. Tasks pass addresses to each other, never data. A
step that had nothing to do is shown as skipped, and its log says why.
"""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

from airflow.sdk import CronTriggerTimetable, Param, dag, get_current_context, task
from airflow.sdk.bases.operator import chain
from airflow.sdk.exceptions import AirflowSkipException

from training.retraining import steps

SCHEDULE = os.environ.get("RETRAIN_SCHEDULE", "0 3 * * 1")
"""A cron expression in UTC, or `never`: then it runs only when triggered."""
RETRIED = {
    "trigger_rule": "none_failed",  # a skipped step has an outcome too, which the next steps read
    "retries": 3,
    "retry_delay": timedelta(seconds=5),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=2),
    "execution_timeout": timedelta(minutes=30),
}


def run_step(step: steps.Step[Any], **options: bool) -> str:
    """Run one step of this run and return the address of its outcome.

    Raises:
        AirflowSkipException: There was nothing to do.
    """
    from training.retraining.run import Run, with_features  # noqa: PLC0415 - the DAG processor reads this file often
    from training.settings import load_settings  # noqa: PLC0415 - as above

    run = Run(with_features(load_settings()), get_current_context()["run_id"])
    outcome = run.do(step, **options)
    if outcome.state != "done":
        raise AirflowSkipException(f"{outcome.state}: {outcome.reason}")
    return run.workspace.address(step)


@task
def ingest() -> str:
    """Bring what is new in the archive into the lake, and fix the run's time."""
    return run_step(steps.INGEST, force=get_current_context()["params"]["force"])


@task
def clone_hyperparameters() -> str:
    """Read the hyperparameters of the production model from its run in MLflow."""
    return run_step(steps.CLONE_HYPERPARAMETERS)


@task
def build_frame() -> str:
    """Freeze the window's training frame, point-in-time correct, under its sha256."""
    return run_step(steps.BUILD_FRAME)


@task
def train() -> str:
    """Train a candidate on the frozen frame, as a tracked run, and register it."""
    return run_step(steps.TRAIN)


@task
def evaluate() -> str:
    """Score candidate, production and anchor on the same held-out reviews."""
    return run_step(steps.EVALUATE)


@task
def decide() -> str:
    """Apply the gate to the candidate and record the decision: improves, maintains or rejected."""
    return run_step(steps.DECIDE)


@task
def promote() -> str:
    """Promote the candidate if the gate allows it and production has not changed since."""
    return run_step(steps.PROMOTE)


@task
def materialise() -> str:
    """Copy the newest product statistics to the online store."""
    return run_step(steps.MATERIALISE)


@task
def report() -> str:
    """Write a page on what changed between candidate and production."""
    return run_step(steps.REPORT)


@dag(
    dag_id="fast_retrain_dag",
    # By default Airflow 3.3.1 runs a missed Monday of the last 17 hours when it first sees the DAG.
    schedule=None
    if SCHEDULE == "never"
    else CronTriggerTimetable(SCHEDULE, timezone="UTC", run_immediately=timedelta(0)),
    catchup=False,
    is_paused_upon_creation=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=3),
    default_args=RETRIED,
    params={"force": Param(default=False, type="boolean", description="Train even if there is nothing new")},
    tags=["sentiment"],
    doc_md=__doc__,
)
def fast_retrain() -> None:
    """Connect the steps."""
    tasks = (each() for each in (ingest, clone_hyperparameters, build_frame, train, evaluate, decide, promote))
    chain(*tasks, [materialise(), report()])


fast_retrain()
