"""The bundle: the same bytes from the same files, with everything that a task imports and nothing else."""

from __future__ import annotations

import io
import subprocess
import zipfile
from typing import TYPE_CHECKING

import pytest

from local.settings import ROOT
from ops.bundle import PACKAGES, build, startup_script

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = {"LAKE_BUCKET": "lake", "LOOP_NAME": 'it\'s "quoted" $HOME `id`'}


@pytest.fixture(scope="module")
def bundle() -> dict[str, bytes]:
    return build(SETTINGS)


def test_it_is_in_the_layout_of_mwaa(bundle: dict[str, bytes]) -> None:
    assert set(bundle) == {
        *("dags/fast_retrain_dag.py", "dags/constraints.txt"),
        *("plugins.zip", "requirements.txt", "startup.sh"),
    }


def test_the_same_files_make_the_same_bytes(bundle: dict[str, bytes]) -> None:
    assert build(SETTINGS) == bundle


def test_the_wheel_has_the_rooms_that_tasks_import_and_no_other(bundle: dict[str, bytes]) -> None:
    with zipfile.ZipFile(io.BytesIO(bundle["plugins.zip"])) as plugins:
        (name,) = plugins.namelist()
        wheel = zipfile.ZipFile(io.BytesIO(plugins.read(name)))
    folders = {path.split("/")[0] for path in wheel.namelist()}
    assert set(PACKAGES) == {f for f in folders if not f.endswith(".dist-info")}
    assert not [path for path in wheel.namelist() if "__pycache__" in path]
    assert any(path.startswith("sentiment/reviews/sample/") for path in wheel.namelist())  # data goes with the code
    assert f"/usr/local/airflow/plugins/{name}" in bundle["requirements.txt"].decode().splitlines()


def test_the_requirements_are_held_by_the_constraints_that_are_shipped(bundle: dict[str, bytes]) -> None:
    first = next(line for line in bundle["requirements.txt"].decode().splitlines() if not line.startswith("#"))
    assert first == "--constraint /usr/local/airflow/dags/constraints.txt"
    constraints = bundle["dags/constraints.txt"].decode()
    assert "apache-airflow-providers-amazon==" in constraints


def test_a_shell_reads_the_settings_as_they_are(tmp_path: Path) -> None:
    script = tmp_path / "startup.sh"
    script.write_text(startup_script(SETTINGS))
    printed = subprocess.run(["/bin/sh", "-c", '. "$0" && env -0', script], capture_output=True, text=True, check=True)
    exported = dict(line.split("=", 1) for line in printed.stdout.split("\0") if line)
    assert {name: exported[name] for name in SETTINGS} == SETTINGS


def test_airflow_reads_no_file_of_the_dags_folder_but_dags(bundle: dict[str, bytes]) -> None:
    shipped = {key.removeprefix("dags/") for key in bundle if key.startswith("dags/") and key.endswith(".py")}
    assert shipped == {path.name for path in (ROOT / "dags").glob("*_dag.py")}
