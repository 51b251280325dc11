"""An MWAA environment installs everything that the tasks import."""

from __future__ import annotations

import ast
import re
import sys
from importlib.metadata import packages_distributions
from typing import TYPE_CHECKING

from local.settings import ROOT
from ops.bundle.build import PACKAGES

if TYPE_CHECKING:
    from pathlib import Path

REQUIREMENTS = ROOT / "requirements" / "mwaa.txt"
CONSTRAINTS = ROOT / "requirements" / "mwaa-constraints.txt"
BY_FEAST = {"duckdb", "ibis-framework", "redis"}
"""Which its extras install, in the versions that it takes."""
ELSEWHERE = {
    "ray": "the distributed offline store runs on one's own machines: on AWS that is Athena",
    "mypy-boto3-s3": "imported for type checkers only",
}


def test_everything_that_the_wheel_imports_is_required() -> None:
    distributions = packages_distributions()
    imported = {
        module: {_normal(name) for name in distributions.get(module, [module])}
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for module in _imported(path.read_text())
        if module not in sys.stdlib_module_names and module not in {*PACKAGES, "_typeshed"}
    }
    indirect = BY_FEAST | {"botocore", "s3transfer"}  # both by boto3
    required = {_normal(line) for line in _lines(REQUIREMENTS)} | indirect
    missing = {module for module, names in imported.items() if not names & (required | set(ELSEWHERE))}
    assert missing == set()


def test_each_version_is_pinned_in_one_place() -> None:
    constrained = {_normal(line) for line in _lines(CONSTRAINTS)}
    pinned = {_normal(line) for line in _lines(REQUIREMENTS) if "==" in line}
    assert not pinned & constrained


def test_packages_that_feast_pins_are_not_constrained() -> None:
    assert not {"prometheus-client", "tenacity", "pandas"} & {_normal(line) for line in _lines(CONSTRAINTS)}


def test_no_index_url_is_shipped() -> None:
    assert not re.search(r"https?://|--index|--extra-index", REQUIREMENTS.read_text() + CONSTRAINTS.read_text())


def _imported(source: str) -> set[str]:
    nodes = list(ast.walk(ast.parse(source)))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    named = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    return {name.split(".")[0] for name in plain | named}


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text().splitlines() if line and line[0].isalnum()]


def _normal(requirement: str) -> str:
    name = re.split(r"[\[=<>~!; ]", requirement, maxsplit=1)[0].lower().replace("_", "-")
    return "mlflow-skinny" if name == "mlflow" else name
