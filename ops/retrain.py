"""`make retrain`: ask the retrain function for a run, and follow the run to its end."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from local.errors import LocalError
from ops import airflow_client, aws, outputs, retraining_outcome
from ops.prediction import served_version
from training.retraining.steps import STEPS

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.loop import Loop
    from local.terminal import Step
    from ops.airflow_client import AirflowClient, Run, Task

_TITLES = {step.name: step.title for step in STEPS}
_POLL_S = 1.0
_SILENCE_S = 60.0
"""How long Airflow may not answer before following ends; the run may continue."""
_UNSCHEDULED_S = 45.0
"""How long a run may have no started task before a warning."""
_SERVED_WITHIN_S = 60.0
"""The function reads the pointer every 30 s."""
_REMEDIES = {
    "airflow_unreachable": "make status shows what is down; make up starts it; then make retrain",
    "dag_missing": "make status, then make retrain once Airflow has loaded the DAG",
    "dag_paused": "Unpause fast_retrain_dag in Airflow, then make retrain",
}


def retrain(loop: Loop, *, force: bool) -> None:
    """Start a run, or find the one that is running, and follow it to its end.

    `force` starts one even within the cooldown of the last one, and trains even if there is nothing new.

    Raises:
        LocalError: No run could be started, it failed, or it could not be followed.
    """
    found = outputs.require(loop, "RetrainFunction")
    answer = invoke(loop, found["RetrainFunction"], force=force)
    run_id, state = answer["run_id"], answer["state"]
    loop.terminal.note(f"{answer['message']}")
    if state == "cooling_down":
        loop.terminal.note("To start one now: FORCE=1 make retrain. The last run:")
    _follow(loop, airflow_client.connect(loop, found["MwaaEnvironment"]), run_id, found)
    outcome = retraining_outcome.read(loop, found["ArtifactsBucket"], run_id)
    loop.terminal.note(outcome.sentence)
    if outcome.version and state != "cooling_down":
        _wait_until_served(loop, found, outcome.version)


def invoke(loop: Loop, function: str, *, force: bool) -> dict[str, Any]:
    """Call the retrain function and return its answer.

    Raises:
        LocalError: No run was started, and none is running.
    """
    event = {"force": force, "requested_by": "make retrain"}
    answer = aws.client(loop, "lambda").invoke(FunctionName=function, Payload=json.dumps(event))
    payload = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        message = payload.get("errorMessage", payload) if isinstance(payload, dict) else payload
        raise LocalError(f"The retrain function failed: {str(message)[:300]}", remedy="make logs, then make retrain")
    if error := payload.get("error"):
        remedy = _REMEDIES.get(error["code"], "make status, then make retrain")
        raise LocalError(error["message"], remedy=remedy)
    return dict(payload)


def _follow(loop: Loop, airflow: AirflowClient, run_id: str, found: dict[str, str]) -> None:
    """Print each task as it ends, until the run ends.

    Raises:
        LocalError: It failed, or could not be followed.
    """
    try:
        with loop.terminal.step("Retrain", key="retrain", usual_s=60) as step:
            run = _until_over(loop, lambda: airflow.run(run_id), step)
            step.detail = run.state
            if run.state == "failed":
                raise _failure(loop, run, run_id, found)
    except KeyboardInterrupt:
        loop.terminal.note(f"Run {run_id} continues in Airflow. To follow it: make retrain, or {_page(found, run_id)}")
        raise


def _failure(loop: Loop, run: Run, run_id: str, found: dict[str, str]) -> LocalError:
    """Return the error of a failed run: which task failed, how the run ended, and where its log is."""
    failed = ", ".join(task.name for task in run.tasks if task.state == "failed") or "no task"
    outcome = retraining_outcome.read(loop, found["ArtifactsBucket"], run_id)
    return LocalError(
        f"The run failed in {failed}. {outcome.sentence}",
        remedy=f"{_page(found, run_id)} has its log; fix the cause, then FORCE=1 make retrain",
    )


def _page(found: dict[str, str], run_id: str) -> str:
    """Return where people see a run; on AWS Airflow's pages open from the console."""
    if "airflow_url" not in found:
        return f"Airflow's page of {run_id}"
    return f"{found['airflow_url']}/dags/{airflow_client.DAG_ID}/runs/{run_id}"


def _until_over(loop: Loop, look: Callable[[], Run], step: Step) -> Run:
    printed: set[tuple[str, int]] = set()
    answered_at, warned = time.monotonic(), False
    while step.elapsed_s < loop.settings.retrain_timeout_s:
        try:
            run = look()
        except (BotoCoreError, ClientError) as error:
            if time.monotonic() - answered_at > _SILENCE_S:
                raise LocalError(
                    f"Airflow stopped answering: {error}", remedy="make status, then make retrain to follow the run"
                ) from error
            step.detail = "Airflow does not answer; trying again"
        else:
            answered_at = time.monotonic()
            _print_ended(loop, run, printed)
            if run.over:
                return run
            running = [_TITLES.get(task.name, task.name) for task in run.tasks if task.state == "running"]
            step.detail = ", ".join(running) or run.state
            if not warned and not printed and not running and step.elapsed_s > _UNSCHEDULED_S:
                warned = True
                loop.terminal.warn("No task has started yet: make status says whether Airflow's scheduler is up.")
        time.sleep(_POLL_S)
    raise LocalError(
        f"The run has not ended after {loop.settings.retrain_timeout_s:.0f} s.",
        remedy="It continues: make retrain follows it again",
    )


def _print_ended(loop: Loop, run: Run, printed: set[tuple[str, int]]) -> None:
    for task in run.tasks:
        key = (task.name, task.attempt)
        if task.state in _MARKS and key not in printed:
            printed.add(key)
            loop.terminal.console.print(_line(task), soft_wrap=True)


_MARKS = {"success": "✓", "failed": "✗", "up_for_retry": "↻", "upstream_failed": "-", "skipped": "-"}


def _line(task: Task) -> str:
    took = "" if task.seconds is None else f"{task.seconds:5.1f} s"
    again = f"  attempt {task.attempt}" if task.attempt > 1 else ""
    return f"  {_MARKS[task.state or '']} {task.name:<24}{took}  {'' if task.state == 'success' else task.state}{again}"


def _wait_until_served(loop: Loop, found: dict[str, str], version: str) -> None:
    with loop.terminal.step("Wait for the API to answer with it", key="served", usual_s=15) as step:
        while step.elapsed_s < _SERVED_WITHIN_S:
            served = served_version(found)
            step.detail = f"model version {served} answers"
            if served == version:
                return
            time.sleep(_POLL_S)
        raise LocalError(
            f"Version {version} was promoted, but the API still answers with version {served}.",
            remedy="make status; GET /model says why a newer model is not served",
        )
