"""A deployment is never skipped after a change of its inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.files import write_whole
from local.loop import open_loop
from local.settings import Settings, Target
from local.terminal import Step, Terminal
from ops import deploy

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
    assert not deploy.is_current(loop)


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


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The arguments of each call of the CDK, which is replaced."""
    told: list[list[str]] = []
    monkeypatch.setattr(deploy, "_cdk", lambda _loop, _step, _what, arguments: told.append(arguments))
    return told


def test_a_synthesis_gets_the_address_of_airflow_except_on_aws(tmp_path: Path, told: list[list[str]]) -> None:
    here = _loop(tmp_path, mwaa_port=5102)
    aws = open_loop(Settings(local_dir=tmp_path, target=Target.AWS), Terminal(tmp_path / "timings.json"))

    for loop in (here, aws):
        deploy._synthesise(loop, Step("Synthesis", 1))

    assert "mwaa_endpoint=http://127.0.0.1:5102" in told[0]
    assert "mwaa_endpoint=" in told[1]


def test_a_synthesis_gets_pushgateway_with_its_password_except_on_aws(tmp_path: Path, told: list[list[str]]) -> None:
    here = _loop(tmp_path)
    aws = open_loop(Settings(local_dir=tmp_path, target=Target.AWS), Terminal(tmp_path / "timings.json"))
    for loop in (here, aws):
        write_whole(loop.state_dir / "ports.json", '{"pushgateway": 9191}')

    for loop in (here, aws):
        deploy._synthesise(loop, Step("Synthesis", 1))

    secret = (here.state_dir / "monitoring" / "password").read_text()
    assert f"pushgateway_url=http://sentiment:{secret}@127.0.0.1:9191" in told[0]
    assert not [word for word in told[1] if "pushgateway_url" in word]


def _loop(folder: Path, **settings: int) -> Loop:
    return open_loop(Settings(local_dir=folder / ".local", **settings), Terminal(folder / "timings.json"))  # type: ignore[arg-type]  # ports are ints


def test_if_tasks_write_to_redis_the_inference_function_reads_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: list[list[str]]
) -> None:
    loop = _loop(tmp_path)
    before = deploy.fingerprint(loop)
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:6379")
    deploy._synthesise(loop, Step("Synthesis", 1))
    assert not any(word.startswith("redis_url=") for word in told.pop())

    monkeypatch.setenv("FEATURE_ONLINE_STORE", "redis")
    deploy._synthesise(loop, Step("Synthesis", 1))

    assert "redis_url=redis://127.0.0.1:6379" in told.pop()
    assert deploy.fingerprint(loop) != before, "so that make up deploys again"


def test_the_inference_function_gets_the_same_window_as_the_tasks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: list[list[str]]
) -> None:
    loop = _loop(tmp_path)
    before = deploy.fingerprint(loop)
    monkeypatch.setenv("WINDOW_DAYS", "180")

    deploy._synthesise(loop, Step("Synthesis", 1))

    assert "window_days=180" in told.pop()
    assert deploy.fingerprint(loop) != before, "so that make up deploys again"


def test_if_tasks_join_in_athena_the_stacks_have_its_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: list[list[str]]
) -> None:
    loop = open_loop(Settings(local_dir=tmp_path, target=Target.AWS), Terminal(tmp_path / "timings.json"))
    before = deploy.fingerprint(loop)
    deploy._synthesise(loop, Step("Synthesis", 1))
    assert not any(word.startswith("athena=") for word in told.pop())
    monkeypatch.setenv("FEATURE_OFFLINE_STORE", "athena")

    deploy._synthesise(loop, Step("Synthesis", 1))

    assert "athena=true" in told.pop()
    assert deploy.fingerprint(loop) != before, "so that make deploy deploys again"
