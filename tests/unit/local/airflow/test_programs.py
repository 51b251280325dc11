"""Airflow's processes and what they are told."""

from __future__ import annotations

import importlib.util
import json
from typing import TYPE_CHECKING

import pytest

from local.airflow.installation import Installation
from local.airflow.programs import PRELOADED, SCHEDULER, airflow_programs, process_environment
from local.settings import ROOT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return process_environment(
        tmp_path, 8080, endpoint="http://127.0.0.1:4566", bucket="b", installed=Installation(tmp_path / "one")
    )


def test_the_dags_come_from_the_bucket(environment: dict[str, str]) -> None:
    (bundle,) = json.loads(environment["AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST"])
    assert bundle["classpath"].endswith(".S3DagBundle")
    assert bundle["kwargs"] == {"bucket_name": "b", "prefix": "dags"}


def test_nothing_leads_to_the_checkout_but_the_launcher(environment: dict[str, str]) -> None:
    for program in airflow_programs(environment):
        assert program.environment["PYTHONSAFEPATH"] == "1"
        assert str(ROOT) not in program.environment["PYTHONPATH"]


def test_bytecode_is_written(environment: dict[str, str]) -> None:
    assert not any("PYTHONDONTWRITEBYTECODE" in program.environment for program in airflow_programs(environment))


def test_no_secret_is_in_what_the_supervisor_writes_down(environment: dict[str, str]) -> None:
    secret = {"AIRFLOW__API_AUTH__JWT_SECRET", "AIRFLOW__CORE__FERNET_KEY", "AIRFLOW__API__SECRET_KEY"}
    assert not secret & set(environment)


def test_only_the_scheduler_imports_ahead(environment: dict[str, str]) -> None:
    ahead = [program.name for program in airflow_programs(environment) if "LAUNCH_PRELOAD" in program.environment]
    assert ahead == [SCHEDULER]


@pytest.mark.parametrize("module", [name for name in PRELOADED if name.startswith("training.")])
def test_what_is_imported_ahead_is_there(module: str) -> None:
    assert importlib.util.find_spec(module) is not None  # the server that forks workers passes over what is not
