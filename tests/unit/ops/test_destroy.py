"""An interrupted removal is finished before anything is deployed again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import EndpointConnectionError

from local import health
from local.addresses import IDENTITY_PATH, SERVICE
from local.errors import LocalError
from local.loop import open_loop
from local.settings import Settings, Target
from local.terminal import Terminal
from ops import aws, deploy, destroy, outputs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from local.loop import Loop
    from local.terminal import Step

WRITTEN = ("deployed.json", "outputs.json", "env")


class Removal:
    """Replaces the CDK, and is killed as often as told."""

    def __init__(self, *, killed: int = 0) -> None:
        self.killed, self.done = killed, 0

    def __call__(self, _loop: Loop, _step: Step) -> None:
        if self.killed:
            self.killed -= 1
            raise KeyboardInterrupt
        self.done += 1


@pytest.fixture
def removal(monkeypatch: pytest.MonkeyPatch) -> Removal:
    removal = Removal()
    monkeypatch.setattr(deploy, "destroy", removal)
    monkeypatch.setattr(health, "ask_emulator", lambda *_: health.Health("", {}))
    monkeypatch.setattr(health, "ask_localstack", lambda *_, **__: health.Health("", {}))
    monkeypatch.setattr(aws, "check_access", lambda *_: None)
    monkeypatch.setattr(aws, "client", lambda _loop, _service: None)
    monkeypatch.setattr(aws, "stack", lambda _cloudformation, _name: None)
    return removal


@pytest.fixture
def deployed(tmp_path: Path) -> Callable[[Target], Loop]:
    def deployed(target: Target) -> Loop:
        loop = open_loop(Settings(local_dir=tmp_path, target=target), Terminal(tmp_path / "timings.json"))
        loop.state_dir.mkdir(exist_ok=True)
        for name in WRITTEN:
            (loop.state_dir / name).write_text("{}")
        return loop

    return deployed


@pytest.mark.parametrize("target", Target)
def test_after_a_removal_no_file_says_that_something_is_deployed(
    deployed: Callable[[Target], Loop], removal: Removal, target: Target
) -> None:
    loop = deployed(target)
    if target is Target.AWS:  # where only the CDK, which is replaced here, would remove this file
        (loop.state_dir / "deployed.json").unlink()
    destroy.remove_stacks(loop, confirmed=True)

    assert removal.done == 1
    assert not outputs.read(loop)
    assert not [name for name in (*WRITTEN, "destroying") if (loop.state_dir / name).exists()]


@pytest.mark.parametrize("target", [Target.LOCAL, Target.LOCALSTACK])
def test_an_interrupted_removal_is_finished_before_the_next_deployment(
    deployed: Callable[[Target], Loop], removal: Removal, target: Target
) -> None:
    loop = deployed(target)
    removal.killed = 1
    with pytest.raises(KeyboardInterrupt):
        destroy.remove_stacks(loop, confirmed=True)
    assert not deploy.is_current(loop), "stacks that count as complete may have lost their functions"

    destroy.finish_interrupted(loop)
    destroy.finish_interrupted(loop)

    assert removal.done == 1
    assert not outputs.read(loop)


@pytest.mark.usefixtures("removal")
def test_if_the_target_does_not_answer_nothing_is_changed(
    deployed: Callable[[Target], Loop], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_: object) -> None:
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:9")

    monkeypatch.setattr(aws, "stack", unreachable)
    loop = deployed(Target.LOCAL)
    with pytest.raises(EndpointConnectionError):
        destroy.remove_stacks(loop, confirmed=True)

    assert [name for name in (*WRITTEN, "destroying") if (loop.state_dir / name).exists()] == list(WRITTEN)


@pytest.mark.parametrize("target", [Target.LOCAL, Target.LOCALSTACK])
def test_stacks_in_another_folders_emulator_are_left_alone(
    deployed: Callable[[Target], Loop],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    target: Target,
) -> None:
    def another_folders(url: str, **_: object) -> tuple[str, dict[str, object]]:
        identity: dict[str, object] = {"service": SERVICE, "loop": "SentimentLoop", "run_id": "of another folder"}
        return "", identity if url.endswith(IDENTITY_PATH) else {"services": {}}

    removal = Removal()
    monkeypatch.setattr(deploy, "destroy", removal)
    monkeypatch.setattr(health, "get", another_folders)
    loop = deployed(target)
    with pytest.raises(LocalError, match=r"is the embedded emulator of|another server answers"):
        destroy.remove_stacks(loop, confirmed=True)

    assert not removal.done
    assert not capsys.readouterr().out, "no removal was announced"
    assert [name for name in (*WRITTEN, "destroying") if (loop.state_dir / name).exists()] == list(WRITTEN)
