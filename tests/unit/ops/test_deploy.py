"""A deployment is never skipped after a change of its inputs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from local.files import write_whole
from local.loop import open_loop
from local.settings import Settings
from local.terminal import Step, Terminal
from ops import aws, deploy

if TYPE_CHECKING:
    from pathlib import Path

    from local.loop import Loop


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of three files."""
    (tmp_path / "lambdas").mkdir()
    (tmp_path / "lambdas" / "handler.py").write_text("a = 1\n")
    (tmp_path / "cdk.json").write_text("{}")
    monkeypatch.setattr(deploy, "ROOT", tmp_path)
    monkeypatch.setattr(deploy, "INPUTS", ("lambdas", "cdk.json"))
    return tmp_path


@pytest.fixture
def loop(tmp_path: Path) -> Loop:
    return _loop(tmp_path)


def test_the_same_inputs_have_the_same_fingerprint(project: Path, loop: Loop) -> None:
    before = deploy.fingerprint(loop)
    (project / "lambdas" / "__pycache__").mkdir()
    (project / "lambdas" / "__pycache__" / "handler.pyc").write_bytes(b"\0")
    (project / "README.md").write_text("not an input")
    assert deploy.fingerprint(loop) == before


@pytest.mark.parametrize("change", ["edit", "rename", "add", "context"])
def test_any_changed_input_has_another_fingerprint(project: Path, loop: Loop, change: str) -> None:
    before = deploy.fingerprint(loop)
    handler = project / "lambdas" / "handler.py"
    match change:
        case "edit":
            handler.write_text("a = 2\n")
        case "rename":
            handler.rename(project / "lambdas" / "main.py")
        case "add":
            (project / "lambdas" / "more.py").touch()
        case "context":
            (project / "cdk.json").write_text('{"context": {}}')
    assert deploy.fingerprint(loop) != before


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("server", ["emulator", "mwaa"])
def test_another_address_has_another_fingerprint(server: str, tmp_path: Path) -> None:
    one, other = _loop(tmp_path, **{f"{server}_port": 4566}), _loop(tmp_path, **{f"{server}_port": 4567})
    assert deploy.fingerprint(one) != deploy.fingerprint(other)


@pytest.mark.usefixtures("project")
def test_another_pushgateway_has_another_fingerprint(loop: Loop) -> None:
    without = deploy.fingerprint(loop)
    write_whole(loop.state_dir / "ports.json", '{"pushgateway": 9191}')
    assert deploy.fingerprint(loop) != without


def test_nothing_deployed_is_not_current(loop: Loop) -> None:
    assert deploy.difference(loop) is deploy.Difference.NOT_DEPLOYED
    assert not deploy.is_current(loop)


def test_what_others_deploy_is_noticed(project: Path, loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    standing = {"SentimentLoop-Data": "arn of 2026-11-01"}
    monkeypatch.setattr(aws, "stack_versions", lambda _loop, **_: standing or None)
    write_whole(loop.state_dir / "outputs.json", '{"ApiId": "a"}')
    deployed = {"fingerprint": deploy.fingerprint(loop), "stacks": dict(standing)}
    write_whole(loop.state_dir / "deployed.json", json.dumps(deployed))
    assert deploy.difference(loop) is None

    (project / "cdk.json").write_text('{"context": {}}')
    assert deploy.difference(loop) is deploy.Difference.INPUTS_CHANGED

    standing["SentimentLoop-Data"] = "arn of 2026-11-02"
    assert deploy.difference(loop) is deploy.Difference.CHANGED_BY_OTHERS

    standing.clear()
    assert deploy.difference(loop) is deploy.Difference.REMOVED


@pytest.mark.parametrize(
    ("manifest", "steps"),
    [(None, ["Synthesis", "The removal"]), ('{"versio', ["Synthesis", "The removal"]), ('{"a": 1}', ["The removal"])],
)
def test_a_removal_synthesises_again_unless_the_assembly_is_complete(
    loop: Loop, monkeypatch: pytest.MonkeyPatch, manifest: str | None, steps: list[str]
) -> None:
    done: list[str] = []
    monkeypatch.setattr(deploy, "_cdk", lambda _loop, _step, what, _arguments, **_: done.append(what))
    assembly = loop.state_dir / "cdk.out"
    assembly.mkdir(parents=True)
    if manifest:
        (assembly / "manifest.json").write_text(manifest)

    deploy.destroy(loop, Step("Remove the stacks", 1))

    assert done == steps


@pytest.mark.parametrize(
    ("name", "value"),
    [("WINDOW_DAYS", "180"), ("FEATURE_ONLINE_STORE", "redis"), ("FEATURE_OFFLINE_STORE", "athena")],
)
def test_a_changed_setting_has_another_fingerprint(
    loop: Loop, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    before = deploy.fingerprint(loop)
    monkeypatch.setenv(name, value)
    assert deploy.fingerprint(loop) != before


def _loop(folder: Path, **settings: int) -> Loop:
    return open_loop(Settings(local_dir=folder / ".local", **settings), Terminal(folder / "timings.json"))  # type: ignore[arg-type]  # ports are ints
