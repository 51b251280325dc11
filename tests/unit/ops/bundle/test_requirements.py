"""An MWAA environment installs everything that the tasks import."""

from __future__ import annotations

import re
import sys
from importlib.metadata import packages_distributions
from typing import TYPE_CHECKING

from infra_cdk.packaging import modules
from local.settings import ROOT
from ops.bundle import PACKAGES

if TYPE_CHECKING:
    from pathlib import Path

REQUIREMENTS = ROOT / "requirements" / "mwaa.txt"
CONSTRAINTS = ROOT / "requirements" / "mwaa-constraints.txt"
BY_FEAST = {"click", "duckdb", "ibis-framework", "protobuf", "redis", "typeguard"}
"""Installed with Feast and its extras, in the versions that it requires."""
BY_BOTO3 = {"botocore", "s3transfer"}
NOT_ON_AWS = {"python-calamine", "ray"}
"""The first reads files of Excel, which no task does; the other is for an offline store that on AWS is Athena."""


def test_everything_that_the_wheel_imports_is_required() -> None:
    distributions = packages_distributions()
    imported = {
        module: {_normal(name) for name in distributions.get(module, [module])}
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for module in {name.partition(".")[0] for name in modules._imports_of(path, package, is_package=False)}
        if module not in sys.stdlib_module_names and module not in PACKAGES
    }
    required = {_normal(line) for line in _lines(REQUIREMENTS)}
    provided = required | BY_FEAST | BY_BOTO3 | NOT_ON_AWS
    assert {module for module, names in imported.items() if not names & provided} == set()


def test_each_version_is_pinned_in_one_place() -> None:
    constrained = {_normal(line) for line in _lines(CONSTRAINTS)}
    pinned = {_normal(line) for line in _lines(REQUIREMENTS) if "==" in line}
    assert not pinned & constrained


def test_packages_that_feast_pins_are_not_constrained() -> None:
    assert not {"prometheus-client", "tenacity", "pandas"} & {_normal(line) for line in _lines(CONSTRAINTS)}


def test_no_index_url_is_shipped() -> None:
    assert not re.search(r"https?://|--index|--extra-index", REQUIREMENTS.read_text() + CONSTRAINTS.read_text())


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text().splitlines() if line and line[0].isalnum()]


def _normal(requirement: str) -> str:
    name = re.split(r"[\[=<>~!; ]", requirement, maxsplit=1)[0].lower().replace("_", "-")
    return "mlflow-skinny" if name == "mlflow" else name
