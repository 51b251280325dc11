"""The weekly retraining: from new reviews to a model that answers, or to the reason why the old one stays.

Every step is a function of `training.retraining` that keeps its outcome in S3 under the run's id, and does nothing when
it is there already: a retry goes on where the run was. Tasks hand each other addresses, never data. A step that had
nothing to do is shown as skipped, and its log says why.
"""

from __future__ import annotations

import os
from datetime import timedelta

from airflow.sdk import CronTriggerTimetable, Param, dag, get_current_context, task
from airflow.sdk.bases.operator import chain
from airflow.sdk.exceptions import AirflowSkipException

SCHEDULE = os.environ.get("RETRAIN_SCHEDULE", "0 3 * * 1")
"""When it runs by itself, as a cron expression in UTC; `never` for when it is asked to only."""
RETRIED = {
    "trigger_rule": "none_failed",  # what was skipped is an outcome too: the next steps take note of it
    "retries": 3,
    "retry_delay": timedelta(seconds=5),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=2),
    "execution_timeout": timedelta(minutes=30),
}


def run_step(name: str, **options: bool) -> str:
    """Do one step of this run. Returns the address of its outcome.

    Raises:
        AirflowSkipException: There was nothing to do.
    """
    from training import retraining  # noqa: PLC0415 (the DAG processor reads this file often, and runs nothing)

    settings, run_id = retraining.load_retraining_settings(), get_current_context()["run_id"]
    address = str(getattr(retraining, name)(settings, run_id, **options))
    state, reason = retraining.how_a_step_ended(settings, run_id, name)
    if state != "done":
        raise AirflowSkipException(f"{state}: {reason}")
    return address


@task
def ingest() -> str:
    """Bring what is new in the archive into the feature store's tables."""
    return run_step("ingest", force=get_current_context()["params"]["force"])


@task
def clone_hyperparameters() -> str:
    """Take over the hyperparameters of the production model from its run in MLflow."""
    return run_step("clone_hyperparameters")


@task
def build_frame() -> str:
    """Freeze the last 90 days, as they were known at the time, under their sha256."""
    return run_step("build_frame")


@task
def train() -> str:
    """Train a candidate on the frozen frame."""
    return run_step("train")


@task
def evaluate() -> str:
    """Score candidate, production and anchor on the same held-out reviews."""
    return run_step("evaluate")


@task
def decide() -> str:
    """Hold the candidate against the gate: improves, maintains or rejected, with the reason on record."""
    return run_step("decide")


@task
def promote() -> str:
    """Serve the candidate, if the decision says so."""
    return run_step("promote")


@task
def materialise() -> str:
    """Write the products' newest numbers to where the inference function reads them."""
    return run_step("materialise")


@task
def report() -> str:
    """Say for people what changed between the two models, as one page in MLflow."""
    return run_step("report")


@dag(
    dag_id="fast_retrain_dag",
    # By default Airflow 3.3.1 makes up for a Monday that is less than 17 hours ago, when it first sees the DAG.
    schedule=None
    if SCHEDULE == "never"
    else CronTriggerTimetable(SCHEDULE, timezone="UTC", run_immediately=timedelta(0)),
    catchup=False,
    is_paused_upon_creation=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=3),
    default_args=RETRIED,
    params={"force": Param(default=False, type="boolean", description="Train though there is nothing new")},
    tags=["sentiment"],
    doc_md=__doc__,
)
def fast_retrain() -> None:
    """The flow."""
    steps = (step() for step in (ingest, clone_hyperparameters, build_frame, train, evaluate, decide, promote))
    chain(*steps, [materialise(), report()])


fast_retrain()
