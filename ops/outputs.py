"""The outputs of a deployment: stack outputs, the API's URL and key, saved for people, shells and tests."""

from __future__ import annotations

import json
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from local.addresses import API_PREFIX
from local.airflow.programs import home as airflow_home
from local.environment import CREDENTIALS, TOOL_SETTINGS, endpoints
from local.errors import LocalError
from local.files import read_object, write_whole
from local.monitoring.servers import ALERTMANAGER, GRAFANA, PROMETHEUS, PUSHGATEWAY
from local.settings import Target
from ops import aws, kept_settings

if TYPE_CHECKING:
    from local.loop import Loop

OF_STACKS = {
    "ARTIFACTS_BUCKET": "ArtifactsBucket",
    "LAKE_BUCKET": "LakeBucket",
    "PREDICTIONS_TABLE": "PredictionsTable",
    "FEEDBACK_TABLE": "FeedbackTable",
    "QUALITY_TABLE": "QualityTable",
    "AUDIT_TABLE": "AuditTable",
    "MONITORING_TABLE": "MonitoringTable",
    "PRODUCT_STATS_TABLE": "ProductStatsTable",
    "RETRAIN_FUNCTION": "RetrainFunction",
}
"""The stacks' output behind each environment variable."""
_OF_SOME = {
    "ATHENA_DATABASE": "AthenaDatabase",
    "ATHENA_WORKGROUP": "AthenaWorkgroup",
    "RATER_KEY_SECRET": "RaterKeySecret",
}
"""Only in stacks with the lake's tables in Athena; and in all that were deployed since training reads the secret."""
NEWEST = "MonitoringTable"
"""The output that only a deployment by the newest version has."""
OF_MONITORING = (PUSHGATEWAY, ALERTMANAGER, PROMETHEUS, GRAFANA)
"""The servers of the monitoring that commands use, each as its name and `_URL`, with user and password if it asks."""
_API_KEYS = ("ApiKeyId", "ReviewersApiKeyId")
_OF_TASKS = {"ARTIFACTS_BUCKET", "LAKE_BUCKET", "PRODUCT_STATS_TABLE"}
PASSED_ON = (
    *("WINDOW_DAYS", "GATE_MARGIN", "FEEDBACK_SHARE", "FEATURE_MEMORY_MB", "FEATURE_OFFLINE_STORE", "RAY_ADDRESS"),
    *("FEEDBACK_CLIENT_LABELS", "FEEDBACK_VOUCHING_KEYS"),
    *("FEATURE_ONLINE_STORE", "REDIS_URL", "RETRAIN_SCHEDULE"),
)
"""Settings of training and of the feature store that are passed on to Airflow's tasks."""


def write(loop: Loop) -> dict[str, str]:
    """Read the stacks' outputs and the API keys' values; write `outputs.json` and `env`, for this user only."""
    cloudformation = aws.client(loop, "cloudformation")
    outputs = {
        output["OutputKey"]: output["OutputValue"]
        for name in loop.settings.stacks
        for output in cloudformation.describe_stacks(StackName=name)["Stacks"][0]["Outputs"]
    }
    gateway = aws.client(loop, "apigateway")
    key, reviewers_key = (gateway.get_api_key(apiKey=outputs[name], includeValue=True)["value"] for name in _API_KEYS)
    if loop.settings.target is not Target.AWS:
        outputs["ApiUrl"] = f"{loop.endpoint}{API_PREFIX}{outputs['ApiId']}/{outputs['ApiStage']}"
    found = {
        **outputs,
        "target": loop.settings.target.value,
        "endpoint": "" if loop.settings.target is Target.AWS else loop.endpoint,
        "api_url": outputs["ApiUrl"].rstrip("/"),
        "api_key": key,
        "reviewers_api_key": reviewers_key,
    }
    if loop.settings.target is not Target.AWS:  # where the loop runs no servers
        found["mlflow_url"] = loop.mlflow_url
        found["airflow_url"] = loop.airflow_url
        if loop.settings.frontend:
            found["frontend_url"] = loop.frontend_url
        found["mwaa_url"] = loop.mwaa_url
        urls = {server: loop.monitoring_url(server, with_password=True) for server in OF_MONITORING}
        found |= {f"{server.name}_url": url for server, url in urls.items() if url}
    write_whole(loop.state_dir / "outputs.json", json.dumps(found, indent=2) + "\n")
    lines = exports(for_commands(loop, found) | {"DEPLOYMENT_FILE": str(kept_settings.file(loop))})
    if loop.settings.target is not Target.AWS:
        lines += f'export PATH={shlex.quote(str(_programs(loop)))}:"$PATH"\n'
    write_whole(loop.state_dir / "env", lines)
    return found


def exports(variables: dict[str, str]) -> str:
    """The lines by which a shell exports environment variables."""
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())


def _programs(loop: Loop) -> Path:
    """The folder with `airflow` for the shell; the rest of the environment's programs stay out of its PATH."""
    folder = loop.state_dir / "bin"
    folder.mkdir(exist_ok=True)
    program = folder / "airflow"
    program.unlink(missing_ok=True)
    program.symlink_to(Path(sys.executable).parent / "airflow")
    return folder


def read(loop: Loop) -> dict[str, str]:
    """The outputs of the last deployment; empty when there was none."""
    return read_object(loop.state_dir / "outputs.json")


def require(loop: Loop, output: str) -> dict[str, str]:
    """The outputs of the last deployment, which must include this one.

    Raises:
        LocalError: There was no deployment, or only one by an older version of the project.
    """
    found = read(loop)
    if output not in found:
        raise LocalError("Nothing is deployed here, or only part of the loop.", remedy="make up")
    return found


def remove(loop: Loop) -> None:
    """Remove the files that `write` wrote."""
    for name in ("outputs.json", "env", "bin/airflow"):
        (loop.state_dir / name).unlink(missing_ok=True)


def for_commands(loop: Loop, found: dict[str, str]) -> dict[str, str]:
    """The environment variables that describe this deployment, for command lines and tests."""
    named = {variable: found[output] for variable, output in OF_STACKS.items()} | _of_some(found)
    named["LOOP_NAME"] = loop.settings.loop_name
    named |= {"API_URL": found["api_url"], "API_KEY": found["api_key"]}
    named["REVIEWERS_API_KEY"] = found["reviewers_api_key"]
    if loop.settings.target is Target.AWS:
        return named
    servers = {
        "AWS_ENDPOINT_URL_MWAA": found["mwaa_url"],
        "MLFLOW_TRACKING_URI": found["mlflow_url"],
        "AIRFLOW_URL": found["airflow_url"],
        "AIRFLOW_HOME": str(airflow_home(loop.state_dir)),
    }
    for server in OF_MONITORING:
        if url := found.get(f"{server.name}_url"):
            servers[f"{server.name.upper()}_URL"] = url
    return CREDENTIALS | TOOL_SETTINGS | endpoints(found["endpoint"]) | named | servers


def for_tasks(loop: Loop, found: dict[str, str]) -> dict[str, str]:
    """The settings of Airflow's tasks, set by the start-up script: no credentials and no AWS endpoint."""
    named = {variable: found[output] for variable, output in OF_STACKS.items() if variable in _OF_TASKS}
    named |= _of_some(found)
    named["LOOP_NAME"] = loop.settings.loop_name
    named |= {variable: given for variable in PASSED_ON if (given := os.environ.get(variable))}
    if loop.settings.target is not Target.AWS:
        named["MLFLOW_TRACKING_URI"] = loop.mlflow_url
    elif "MLFLOW_TRACKING_URI" in os.environ:
        named["MLFLOW_TRACKING_URI"] = os.environ["MLFLOW_TRACKING_URI"]
    return named


def _of_some(found: dict[str, str]) -> dict[str, str]:
    return {variable: found[output] for variable, output in _OF_SOME.items() if output in found}
