"""Airflow's processes and the configuration that they share."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from local.airflow.scheduler import PRELOAD_VARIABLE
from local.airflow.secrets import PASSWORDS_FILE, USER
from local.bundle_layout import DAGS
from local.environment import for_server
from local.ports import HOST
from local.processes import mark_of
from local.programs import run_id
from local.settings import ROOT
from local.supervision import Program

if TYPE_CHECKING:
    from pathlib import Path

    from local.airflow.installation import Installation
    from local.loop import Loop

AIRFLOW = "airflow"
"""The API server, which also serves Airflow's interface."""
SCHEDULER = "airflow-scheduler"
"""With the workers of the LocalExecutor as its children."""
DAG_PROCESSOR = "airflow-dag-processor"
PROCESSES = {
    AIRFLOW: ["api-server"],
    SCHEDULER: ["scheduler", "--skip-serve-logs"],  # tasks run here: their logs are files that the API server reads
    DAG_PROCESSOR: ["dag-processor"],
}
AIRFLOW_JOBS = {SCHEDULER: "scheduler", DAG_PROCESSOR: "dag_processor"}
"""The name of each in Airflow's health API."""
MWAA = "mwaa"
"""The MWAA API in front of it."""
PRELOADED = (
    *("airflow.executors.local_executor", "airflow.sdk.execution_time.task_runner"),
    "airflow.providers.standard.decorators.python",
    *("mlflow.sklearn", "git", "matplotlib.pyplot", "ibis.backends.duckdb"),
    *("feature_repo.frame.frame", "feature_repo.materialise", "feast.infra.online_stores.dynamodb"),
    *(f"training.retraining.{module}" for module in ("preparation", "candidate", "evaluation", "promotion", "report")),
)
"""Modules that the server that forks workers imports once; otherwise every task would spend seconds on them."""
BUNDLE = "mwaa"
"""Airflow's name for the bundle of DAGs in the bucket."""
SAFE_PATH = {"PYTHONSAFEPATH": "1"}
"""Keeps Airflow from importing from the launcher's folder or the working one."""
_BUNDLES = "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST"
_FROM_S3 = "airflow.providers.amazon.aws.bundles.s3.S3DagBundle"
_FROM_FOLDER = "airflow.dag_processing.bundles.local.LocalDagBundle"
_LAUNCH = str(ROOT / "local" / "airflow" / "launch.py")


def home(state_dir: Path) -> Path:
    """Airflow's folder: database, logs, secrets, the installed bundle."""
    return state_dir / "airflow"


def airflow_programs(environment: dict[str, str], *, bucket: str) -> list[Program]:
    """Describe Airflow's processes of one loop, in the order in which to start them.

    The DAG processor copies the bucket to a folder; the others read the folder, as every process of MWAA does.
    """
    own = {
        SCHEDULER: {PRELOAD_VARIABLE: ",".join(PRELOADED)},
        DAG_PROCESSOR: {_BUNDLES: _bundle(_FROM_S3, bucket_name=bucket, prefix=DAGS.rstrip("/"))},
    }
    return [
        Program(
            name=name,
            command=[sys.executable, _LAUNCH, *arguments],
            environment=environment | SAFE_PATH | own.get(name, {}),
            stop_group=True,
        )
        for name, arguments in PROCESSES.items()
    ]


def mwaa_program(loop: Loop, environment: dict[str, str], port: int, *, bucket: str) -> Program:
    """Describe the MWAA API, which runs Airflow commands in the environment of Airflow's processes."""
    settings = {
        "MWAA_ENVIRONMENT": loop.settings.loop_name,
        "MWAA_PORT": str(port),
        "MWAA_BUCKET": bucket,
        "MWAA_AIRFLOW_URL": loop.airflow_url,
        "RUN_ID": run_id(loop.state_dir),
    }
    return Program(
        name=MWAA,
        command=[sys.executable, "-m", "local.mwaa"],
        environment=environment | settings,
        stop_group=True,
    )


def process_environment(
    state_dir: Path, port: int, *, endpoint: str, mwaa_url: str, installed: Installation
) -> dict[str, str]:
    """Airflow's configuration and the AWS endpoint; the names of the loop's resources are in the start-up script."""
    folder = home(state_dir)
    configuration = {
        "core": {
            "executor": "LocalExecutor",
            "parallelism": "4",
            "load_examples": "False",
            "simple_auth_manager_users": f"{USER}:admin",
            "simple_auth_manager_passwords_file": str(folder / PASSWORDS_FILE),
            "execution_api_server_url": f"http://{HOST}:{port}/execution/",
        },
        # A writer waits less long than a task may go without a heartbeat: another's write does not fail the task.
        "database": {"sql_alchemy_conn": f"sqlite:///{folder / 'airflow.db'}?timeout=20"},
        "api": {"host": HOST, "port": str(port), "base_url": f"http://{HOST}:{port}", "workers": "1"},
        "dag_processor": {
            "dag_bundle_config_list": _bundle(_FROM_FOLDER, path=str(folder / "dags" / BUNDLE)),
            "dag_bundle_storage_path": str(folder / "dags"),
            "bundle_refresh_check_interval": "5",
            "refresh_interval": "10",
            "parsing_processes": "1",
        },
        "scheduler": {
            "mp_start_method": "forkserver",
            "scheduler_idle_sleep_time": "0.5",  # between two tasks; an idle loop costs a few percent of a processor
            # After a kill, an interrupted run continues within seconds instead of minutes.
            "orphaned_tasks_check_interval": "10",
            "task_instance_heartbeat_timeout": "30",
            "task_instance_heartbeat_timeout_detection_interval": "5",
        },
        # Seconds for which Airflow 3.3.1 may not notice that a task has ended, while its worker waits.
        "workers": {"min_heartbeat_interval": "1"},
        "usage_data_collection": {"enabled": "False"},
    }
    return {
        **mark_of(state_dir),
        "AIRFLOW_HOME": str(folder),
        "LAUNCH_STARTUP_SCRIPT": str(installed.startup_script),
        "PYTHONPATH": str(installed.site),
        **{
            f"AIRFLOW__{s.upper()}__{key.upper()}": value
            for s, keys in configuration.items()
            for key, value in keys.items()
        },
        "AIRFLOW_CONN_AWS_DEFAULT": "aws://",  # the process's own credentials, as on MWAA
        **for_server(endpoint),
        "AWS_ENDPOINT_URL_MWAA": mwaa_url,
        "SPT_NOENV": "1",  # the process titles that Airflow sets would overwrite the variable that marks a process
    }


def _bundle(kind: str, **arguments: str) -> str:
    written = json.dumps([{"name": BUNDLE, "classpath": kind, "kwargs": arguments}])
    return written.replace("'", r"\u0027")  # the supervisor takes no value with both kinds of quotation marks
