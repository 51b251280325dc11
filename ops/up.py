"""`make up` and `make deploy`: from any state to a loop whose API has just answered."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from local import start
from local.errors import LocalError
from local.health import take_snapshot, wait_for_localstack
from local.programs import EMULATOR
from local.settings import Servers, Target
from ops import (
    airflow_client,
    alerting,
    aws,
    bundle,
    deploy,
    destroy,
    first_model,
    first_predictions,
    kept_settings,
    losses,
    managed_airflow,
    outputs,
    prediction,
    recovery,
    summary,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.loop import Loop


def bring_up(loop: Loop, *, deploy_anyway: bool) -> None:
    """Start servers, deploy stacks, train a first model and make a first prediction, each only if it is missing.

    Raises:
        LocalError: A step failed, or `make up` was called for AWS. The servers that this call started are stopped.
    """
    if loop.settings.target is Target.AWS:
        if not deploy_anyway:
            raise LocalError("This command starts servers on this machine, but TARGET is aws.", remedy="make deploy")
        aws.check_access(loop, "deploy")
        deploy_stacks(loop)
        found = outputs.write(loop)
        loop.terminal.note(f"API: {found['api_url']}")
        managed_airflow.update(loop, found)
        return
    with _stopping_new_servers_on_failure(loop):
        _start_emulator(loop)
        lost = losses.find(loop)
        _warn_of_losses(loop, lost)
        start.choose_mwaa_port(loop)
        start.choose_mlflow_port(loop)
        loop = alerting.with_rules(loop)
        programs = start.obtain_monitoring(loop)
        watching = start.launch_monitoring(loop, programs)  # the functions are deployed with Pushgateway's address
        current = deploy.is_current(loop)
        if current:  # the servers start while the rest is checked
            kept_settings.keep(loop)
            _launch_servers(loop, outputs.read(loop))
        if deploy_anyway or not current:
            deploy_stacks(loop)
            _launch_servers(loop, outputs.write(loop))
        found = outputs.write(loop)
        with loop.terminal.step("Start MLflow", key="mlflow", usual_s=15) as step:
            start.mlflow(loop, step, artifacts_bucket=found["ArtifactsBucket"])
        found = outputs.write(loop)
        pages = start.launch_frontend(loop, outputs.for_commands(loop, found))
        recovery.after_crash(loop, found)
        first_model.ensure(loop, found)
        with loop.terminal.step("Start Airflow", key="airflow", usual_s=20) as step:
            start.airflow(loop, step, dag_problem=airflow_client.connect(loop, loop.settings.loop_name).problem)
        if watching:
            watching = start.launch_monitoring(loop, programs, alerting=alerting.configured(loop, found))
            with loop.terminal.step("Start Prometheus", key="monitoring", usual_s=2) as step:
                problems = start.monitoring(loop, step, watching)
                step.detail = "not all of them" if problems else ""
            for problem in problems:
                loop.terminal.warn(problem)
        if pages:
            with loop.terminal.step("Start the pages", key="frontend", usual_s=1) as step:
                start.frontend(loop, step)
        predict(loop, found)
        losses.remember(loop, found)
        if loop.settings.runs_emulator:
            take_snapshot(loop.state_dir, loop.ports.known()[EMULATOR])
    summary.show(loop, found)
    _warn_of_losses(loop, lost)  # what came first is out of sight by now


def predict(loop: Loop, found: dict[str, str]) -> None:
    """Test the API, and have a new loop predict its first reviews."""
    is_new = prediction.is_first(loop)
    with loop.terminal.step("Test the API", key="prediction", usual_s=3) as step:
        step.detail = prediction.verify(loop, found)
    if is_new and _has_pages_to_fill(loop):
        with loop.terminal.step("Predict some reviews", key="first_predictions", usual_s=2) as step:
            step.detail = first_predictions.make(loop, found)


def _has_pages_to_fill(loop: Loop) -> bool:
    """Whether the loop has this emulator to itself: a guest's first predictions would take LocalStack's time."""
    return loop.settings.target is Target.LOCAL or loop.settings.servers is Servers.CONTAINERS


def _start_emulator(loop: Loop) -> None:
    if loop.settings.runs_emulator:
        with loop.terminal.step("Start the emulator", key="emulator", usual_s=2) as step:
            start.emulator(loop, step)
    else:
        find_localstack(loop)


def find_localstack(loop: Loop) -> None:
    """Wait until the LocalStack that somebody else starts answers."""
    with loop.terminal.step("Wait for LocalStack", key="localstack", usual_s=5) as step:
        health = wait_for_localstack(
            loop.endpoint,
            loop_name=loop.settings.loop_name,
            timeout_s=loop.settings.localstack_timeout_s,
            step=step,
        )
        step.detail = f"version {health.answer.get('version', 'unknown')} at {loop.endpoint}"


def _warn_of_losses(loop: Loop, lost: list[str]) -> None:
    for what in lost:
        loop.terminal.alarm(f"Lost: {what}")
    if lost:
        loop.terminal.note(f"If you have a copy of {loop.state_dir}: make down, put it in its place, make up.")


def _launch_servers(loop: Loop, found: dict[str, str]) -> None:
    """Upload the bundle of this checkout; start MLflow, and Airflow on that bundle, without waiting for them."""
    start.launch_mlflow(loop, artifacts_bucket=found["ArtifactsBucket"])
    bundle.publish(loop, found)
    start.launch_airflow(loop, aws.client(loop, "s3"), bucket=found["MwaaBucket"])


def deploy_stacks(loop: Loop) -> None:
    """Deploy, and remove first what an interrupted removal left."""
    destroy.finish_interrupted(loop)
    with loop.terminal.step("Deploy the stacks", key="deploy", usual_s=40) as step:
        deploy.deploy(loop, step)


@contextmanager
def _stopping_new_servers_on_failure(loop: Loop) -> Iterator[None]:
    """Start the supervisor; if the body fails, stop every server that did not run before."""
    fresh = start.supervisor(loop)
    before = {state.name for state in loop.supervisor.states() if not state.stopped}
    try:
        yield
    except BaseException:
        for state in reversed(loop.supervisor.states()):
            if not state.stopped and state.name not in before:
                loop.terminal.note(f"Stopping {state.name}, which this command started.")
                loop.supervisor.stop(state.name)
        if fresh:
            loop.supervisor.shutdown()
        raise
