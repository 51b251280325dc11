"""The weekly retraining: from new reviews to a model that answers, or to the reason why the old one stays.

Every step is a function of `training.retraining` that keeps its outcome in S3 under the run's id, and does nothing when
it is there already: a retry goes on where the run was. Tasks hand each other addresses, never data.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import CronTriggerTimetable, Param, dag, get_current_context, task

RETRIED = {
    "retries": 3,
    "retry_delay": timedelta(seconds=5),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=2),
    "execution_timeout": timedelta(minutes=30),
}


def step(name: str, *given: str) -> str:
    """Run one step of this run, on the addresses given. Returns the address of its outcome."""
    from training import retraining  # noqa: PLC0415 (the DAG processor reads this file often, and runs nothing)

    run_id = get_current_context()["run_id"]
    return str(getattr(retraining, name)(run_id, *given))


@dag(
    dag_id="fast_retrain_dag",
    schedule=CronTriggerTimetable("0 3 * * 1", timezone="UTC"),
    catchup=False,
    is_paused_upon_creation=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=3),
    default_args=RETRIED,
    params={"force": Param(default=False, type="boolean", description="Retrain even when there is nothing new")},
    tags=["sentiment"],
    doc_md=__doc__,
)
def fast_retrain() -> None:
    """The flow on one screen."""

    @task
    def ingest() -> str:
        """Reviews and feedback since the last time become partitions of the offline store."""
        return step("ingest")

    @task
    def clone_hyperparameters() -> str:
        """The production model's hyperparameters, from MLflow."""
        return step("clone_hyperparameters")

    @task
    def build_frame(ingested: str) -> str:
        """The last 90 days as they were known at the time, frozen under their hash."""
        return step("build_frame", ingested)

    @task
    def train(frame: str, hyperparameters: str) -> str:
        """The candidate."""
        return step("train", frame, hyperparameters)

    @task
    def evaluate(candidate: str) -> str:
        """Candidate, production and anchor on the same held-out reviews."""
        return step("evaluate", candidate)

    @task
    def decide(evaluation: str) -> str:
        """Improves, maintains or rejected, with the reasons on record."""
        return step("decide", evaluation)

    @task
    def promote(decision: str) -> str:
        """Pointer and alias, when the decision says so."""
        return step("promote", decision)

    @task
    def materialise(promotion: str) -> str:
        """The products' statistics, where the inference function reads them."""
        return step("materialise", promotion)

    @task
    def report(promotion: str) -> str:
        """What changed between the two models."""
        return step("report", promotion)

    candidate = train(build_frame(ingest()), clone_hyperparameters())
    promotion = promote(decide(evaluate(candidate)))
    materialise(promotion)
    report(promotion)


fast_retrain()
