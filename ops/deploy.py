"""Deploys the stacks: synthesised once, bootstrapped when needed, skipped when nothing changed."""

from __future__ import annotations

import hashlib
import json
import os
import socket
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from local.environment import CREDENTIALS, for_endpoint
from local.files import read_object, write_whole
from local.settings import ROOT, Target, interpreter
from ops import aws, kept_settings, outputs, stage
from ops.commands import end_all, run

if TYPE_CHECKING:
    from pathlib import Path

    from local.loop import Loop
    from local.terminal import Step

INPUTS = (
    "infra_cdk",
    "lambdas",
    "monitoring/__init__.py",
    "monitoring/monitor",
    "sentiment",
    "requirements/lambda.txt",
    "requirements/metrics.txt",
    "cdk.json",
    "package-lock.json",
    "requirements.txt",
)
ACCOUNT = "000000000000"
_BIN = ROOT / "node_modules" / ".bin"
_QUIET = {"NO_COLOR": "1", "CI": "1"}
_IGNORED = {"__pycache__", ".mypy_cache", ".ruff_cache"}
_AIRFLOW_TIMEOUT_S = 5400.0
"""How long creating, updating or removing an Airflow environment may take."""
REMEDY = "Read the log and fix the cause, then run the same command again"


class Difference(StrEnum):
    """How the deployed stacks differ from what this folder would deploy."""

    NOT_DEPLOYED = "not deployed to the end"
    REMOVED = "removed, or not complete"
    CHANGED_BY_OTHERS = "changed by another command"
    INPUTS_CHANGED = "made with other settings, or before this folder's last change"


def is_current(loop: Loop) -> bool:
    """Whether the deployed stacks were made from exactly the current inputs, and nothing has changed them since."""
    return difference(loop) is None


def difference(loop: Loop, *, quick: bool = False) -> Difference | None:
    """How the deployed stacks differ from what this folder would deploy; None when they do not."""
    deployed = read_object(loop.state_dir / "deployed.json")
    if not deployed or not outputs.read(loop):
        return Difference.NOT_DEPLOYED
    standing = aws.stack_versions(loop, quick=quick)
    if standing is None:
        return Difference.REMOVED
    if standing != deployed["stacks"]:
        return Difference.CHANGED_BY_OTHERS
    return None if deployed["fingerprint"] == fingerprint(loop) else Difference.INPUTS_CHANGED


def forget(loop: Loop) -> None:
    """Make `is_current` false, whatever the state of the stacks."""
    (loop.state_dir / "deployed.json").unlink(missing_ok=True)


def deploy(loop: Loop, step: Step) -> None:
    """Synthesise, bootstrap and deploy every stack.

    Raises:
        LocalError: A step failed; the message has the reason that the CDK gave.
    """
    inputs = fingerprint(loop)
    forget(loop)
    log = loop.settings.logs_dir / "deploy.log"
    log.unlink(missing_ok=True)
    with kept_settings.kept_if_deployed(loop):
        _synthesise_and_bootstrap(loop, step)
    _cdk_with_airflow(loop, step, "The deployment", ["deploy", "--all", *_deploy_options(loop)])
    if loop.settings.target is not Target.AWS:
        clients = (aws.client(loop, service) for service in ("cloudformation", "apigateway"))
        stage.follow_stack(*clients, stack=loop.settings.serving_stack)
    _remember(loop, inputs)
    step.detail = f"log: {log}"


def _synthesise_and_bootstrap(loop: Loop, step: Step) -> None:
    with ThreadPoolExecutor(2) as side_by_side:
        jobs = [side_by_side.submit(job, loop, step) for job in (_synthesise, _bootstrap)]
        try:
            for job in jobs:
                job.result()
        except KeyboardInterrupt:
            end_all()
            raise


def deploy_retraining(loop: Loop, step: Step, parameters: dict[str, str]) -> None:
    """Deploy the retraining stack again, as synthesised before, with other parameters.

    Raises:
        LocalError: It could not be deployed; the message has the reason that the CDK gave.
    """
    stack = loop.settings.retraining_stack
    given = [word for name, value in parameters.items() for word in ("--parameters", f"{stack}:{name}={value}")]
    options = ["deploy", stack, "--exclusively", *given, *_deploy_options(loop)]
    _cdk_with_airflow(loop, step, "The deployment of Airflow", options)
    if deployed := read_object(loop.state_dir / "deployed.json"):
        _remember(loop, str(deployed["fingerprint"]))


def destroy(loop: Loop, step: Step) -> None:
    """Remove every stack.

    Raises:
        LocalError: A stack could not be removed; the message has the reason that the CDK gave.
    """
    forget(loop)
    if not read_object(_assembly(loop) / "manifest.json"):  # synthesis writes it last
        _synthesise(loop, step)
    _cdk_with_airflow(loop, step, "The removal", ["destroy", "--all", "--force"])
    kept_settings.forget(loop)


def fingerprint(loop: Loop) -> str:
    """A hash of all inputs of the deployment."""
    digest = hashlib.sha256(f"{loop.endpoint} {interpreter()} {kept_settings.of_deployment(loop)}".encode())
    for name in INPUTS:
        for path in _files(ROOT / name):
            digest.update(f"{path.relative_to(ROOT)}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _remember(loop: Loop, inputs: str) -> None:
    deployed = {"fingerprint": inputs, "stacks": aws.stack_versions(loop)}
    write_whole(loop.state_dir / "deployed.json", json.dumps(deployed))


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(f for f in path.rglob("*") if f.is_file() and not _IGNORED & set(f.parts))


def _synthesise(loop: Loop, step: Step) -> None:
    given = ["-c", f"target={loop.settings.target}", "-c", f"loop_name={loop.settings.loop_name}"]
    _cdk(loop, step, "Synthesis", ["synth", "--all", "--quiet", "--output", str(_assembly(loop)), *given])


def _bootstrap(loop: Loop, step: Step) -> None:
    toolkit = aws.stack(aws.client(loop, "cloudformation"), "CDKToolkit")
    if toolkit is None or toolkit["StackStatus"] not in aws.COMPLETE:
        where = [] if loop.settings.target is Target.AWS else [f"aws://{ACCOUNT}/{CREDENTIALS['AWS_REGION']}"]
        # From a folder without cdk.json: the bootstrap stack is part of the CDK, so our app need not be synthesised.
        cwd = ROOT if loop.settings.target is Target.AWS else loop.state_dir
        _cdk(loop, step, "The bootstrap", ["bootstrap", *where], cwd=cwd)


def _cdk(
    loop: Loop, step: Step, what: str, arguments: list[str], *, cwd: Path = ROOT, timeout_s: float | None = None
) -> None:
    on_aws = loop.settings.target is Target.AWS
    local_dir = {"LOCAL_DIR": str(loop.settings.local_dir.resolve())}  # where the app looks for the kept settings
    run(
        [str(_BIN / ("cdk" if on_aws else "cdklocal")), *arguments, "--no-notices", "--no-version-reporting"],
        what=what,
        environment=(dict(os.environ) if on_aws else _for_emulator(loop.endpoint)) | _QUIET | local_dir,
        log=loop.settings.logs_dir / "deploy.log",
        step=step,
        timeout_s=timeout_s or loop.settings.deploy_timeout_s,
        remedy=REMEDY,
        cwd=cwd,
    )


def _for_emulator(endpoint: str) -> dict[str, str]:
    """The environment of cdklocal. It puts a bucket's name before that of the host, but not before a number."""
    parts = urlsplit(endpoint)
    number = parts._replace(netloc=f"{socket.gethostbyname(parts.hostname or '')}:{parts.port or 80}")
    return for_endpoint(endpoint) | {"AWS_ENDPOINT_URL_S3": number.geturl()}


def _cdk_with_airflow(loop: Loop, step: Step, what: str, arguments: list[str]) -> None:
    """Run the CDK on the synthesised stacks, with more time on AWS, where they include an Airflow environment."""
    given = loop.settings.deploy_timeout_s
    timeout_s = max(_AIRFLOW_TIMEOUT_S, given) if loop.settings.target is Target.AWS else given
    _cdk(loop, step, what, [*arguments, "--app", str(_assembly(loop))], timeout_s=timeout_s)


def _deploy_options(loop: Loop) -> list[str]:
    options = ["--require-approval", "never", "--progress", "events"]
    if loop.settings.target is not Target.AWS:
        # ministack 1.5.33 drops a change set that changes outputs only; a direct update is not affected.
        options += ["--method", "direct"]
    return options


def _assembly(loop: Loop) -> Path:
    return loop.state_dir / "cdk.out"
