"""`airflow` on the command line reads what Airflow's processes have in their environment."""

from __future__ import annotations

from configparser import ConfigParser
from typing import TYPE_CHECKING

from local.airflow import secrets
from local.airflow.command_line import prepare
from local.airflow.installation import Installation

if TYPE_CHECKING:
    from pathlib import Path


def test_the_configuration_is_that_of_the_processes(tmp_path: Path) -> None:
    kept = secrets.ensure(tmp_path)
    environment = {"AIRFLOW__CORE__LOAD_EXAMPLES": "False", "AIRFLOW__API__BASE_URL": "http://a/100%", "OTHER": "1"}
    prepare(tmp_path, environment, secrets=kept, installed=Installation(tmp_path / "one"))

    written = ConfigParser()
    written.read(tmp_path / "airflow.cfg")
    assert {section: dict(written[section]) for section in written.sections()} == {
        "core": {"load_examples": "False", "fernet_key": kept["fernet_key"]},
        "api": {"base_url": "http://a/100%", "secret_key": kept["api_secret"]},
        "api_auth": {"jwt_secret": kept["jwt_secret"]},
        "logging": {"namespace_levels": "py.warnings=ERROR"},
    }
    assert (tmp_path / "airflow.cfg").stat().st_mode & 0o077 == 0


def test_modules_come_from_the_newest_bundle(tmp_path: Path) -> None:
    kept = secrets.ensure(tmp_path)
    for name in ("one", "two"):
        (tmp_path / name / "site").mkdir(parents=True)
        prepare(tmp_path, {}, secrets=kept, installed=Installation(tmp_path / name))

    assert (tmp_path / "config").resolve() == tmp_path / "two" / "site"
