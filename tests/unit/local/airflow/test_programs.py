"""Airflow's processes and their configuration."""

from __future__ import annotations

import importlib.util
import json
from typing import TYPE_CHECKING

import pytest

from local.airflow.installation import Installation
from local.airflow.programs import DAG_PROCESSOR, PRELOADED, SCHEDULER, airflow_programs, process_environment
from local.settings import ROOT

if TYPE_CHECKING:
    from pathlib import Path

MWAA_URL = "http://127.0.0.1:5002"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    installed = Installation(tmp_path / "one")
    return process_environment(tmp_path, 8080, endpoint="http://127.0.0.1:4566", mwaa_url=MWAA_URL, installed=installed)


def test_one_process_copies_the_bucket_and_the_others_read_the_copy(environment: dict[str, str]) -> None:
    told = {
        program.name: json.loads(program.environment["AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST"])[0]
        for program in airflow_programs(environment, bucket="b")
    }
    assert len({bundle["name"] for bundle in told.values()}) == 1
    assert told[DAG_PROCESSOR]["classpath"].endswith(".S3DagBundle")
    assert told[DAG_PROCESSOR]["kwargs"] == {"bucket_name": "b", "prefix": "dags"}
    storage = environment["AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH"]
    for name in {*told} - {DAG_PROCESSOR}:
        assert told[name]["classpath"].endswith(".LocalDagBundle")
        assert told[name]["kwargs"] == {"path": f"{storage}/{told[name]['name']}"}


def test_airflow_cannot_import_from_the_checkout(environment: dict[str, str]) -> None:
    for program in airflow_programs(environment, bucket="b"):
        assert program.environment["PYTHONSAFEPATH"] == "1"
        assert str(ROOT) not in program.environment["PYTHONPATH"]


def test_bytecode_is_written(environment: dict[str, str]) -> None:
    assert not any(
        "PYTHONDONTWRITEBYTECODE" in program.environment for program in airflow_programs(environment, bucket="b")
    )


def test_no_secret_is_in_the_supervisors_configuration(environment: dict[str, str]) -> None:
    secret = {"AIRFLOW__API_AUTH__JWT_SECRET", "AIRFLOW__CORE__FERNET_KEY", "AIRFLOW__API__SECRET_KEY"}
    assert not secret & set(environment)


def test_only_the_scheduler_preloads_modules(environment: dict[str, str]) -> None:
    ahead = [
        program.name for program in airflow_programs(environment, bucket="b") if "LAUNCH_PRELOAD" in program.environment
    ]
    assert ahead == [SCHEDULER]


@pytest.mark.parametrize("module", [name for name in PRELOADED if name.startswith(("training.", "feature_repo."))])
def test_preloaded_modules_exist(module: str) -> None:
    assert importlib.util.find_spec(module) is not None  # the server that forks workers passes over what is not


def test_a_folder_with_an_apostrophe_can_be_configured(tmp_path: Path) -> None:
    folder = tmp_path / "somebody's"
    environment = process_environment(
        folder, 8080, endpoint="http://a", mwaa_url=MWAA_URL, installed=Installation(folder / "one")
    )
    for program in airflow_programs(environment, bucket="b"):
        assert not any({'"', "'"} <= set(value) for value in program.environment.values())
    (told,) = json.loads(environment["AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST"])
    assert told["kwargs"]["path"].startswith(str(folder))
