"""Each loop has its own name and folder."""

from __future__ import annotations

import json
from itertools import product
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from infra_cdk.deployments import SettingsError
from infra_cdk.settings import Settings as DeploymentSettings
from local.settings import DEFAULT_NAME, ROOT, Settings, Target
from ops import preflight

if TYPE_CHECKING:
    from pathlib import Path

CONTEXT = json.loads((ROOT / "cdk.json").read_text())["context"]


def test_no_two_targets_or_names_share_a_folder(tmp_path: Path) -> None:
    folders = [
        Settings(local_dir=tmp_path, target=target, loop_name=name).state_dir
        for target, name in product(Target, (DEFAULT_NAME, "Staging", "stack", "stack-Staging"))
    ]
    assert len(set(folders)) == len(folders)


@pytest.mark.parametrize("name", [DEFAULT_NAME, "Staging"])
def test_the_checks_of_the_machine_use_the_loops_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("LOCAL_DIR", str(tmp_path))
    monkeypatch.setenv("LOOP_NAME", name)
    assert preflight.state_dir() == Settings().state_dir


def test_the_default_name_is_the_same_everywhere() -> None:
    assert CONTEXT["settings"]["every"]["loop_name"] == DEFAULT_NAME == preflight.DEFAULT_NAME


@pytest.mark.parametrize(
    "name", ["Staging", "a", "my-loop-2", "L" * 30, "", "my loop", "1st", "-a", "a-", "a--b", "L" * 31]
)
def test_commands_and_stacks_accept_the_same_names(name: str) -> None:
    assert _is_taken_by_the_commands(name) is _is_taken_by_the_stacks(name)


@pytest.mark.parametrize(
    ("settings", "remedy"),
    [
        ({}, "YES=1 make reset, then make up"),
        ({"loop_name": "shop-2"}, "YES=1 make reset LOOP_NAME=shop-2, then make up LOOP_NAME=shop-2"),
        ({"target": "aws"}, "YES=1 make reset TARGET=aws, then make deploy TARGET=aws"),
        (
            {"target": "localstack", "endpoint": "http://127.0.0.1:9"},
            (
                "YES=1 make reset TARGET=localstack ENDPOINT=http://127.0.0.1:9, "
                "then make deploy TARGET=localstack ENDPOINT=http://127.0.0.1:9"
            ),
        ),
    ],
)
def test_a_printed_command_means_the_same_loop(settings: dict[str, str], remedy: str) -> None:
    assert Settings.model_validate(settings).addressed("YES=1 make reset, then make up") == remedy


def _is_taken_by_the_commands(name: str) -> bool:
    try:
        return Settings(loop_name=name).loop_name == name
    except ValidationError:
        return False


def _is_taken_by_the_stacks(name: str) -> bool:
    try:
        return DeploymentSettings.from_context((CONTEXT | {"loop_name": name}).get).loop_name == name
    except SettingsError:
        return False
