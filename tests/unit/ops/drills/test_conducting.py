"""A drill leaves the loop as it was, however it ends."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from local import terminal
from local.errors import LocalError
from local.loop import open_loop
from local.settings import AlertWindows, Settings, Target
from local.supervision import Supervisor
from local.terminal import Terminal
from monitoring.prometheus.windows import SHORTENED
from ops import aws
from ops.drills import catalogue, conducting, record, waiting, windows
from ops.drills.drill import Drill, Drilled
from ops.drills.watching import Seen

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from local.loop import Loop
    from ops.drills.record import Record

ALERT = "PushgatewaySilent"
QUIET, FIRES = Seen(), Seen(firing=True, reached=True)


class KilledError(BaseException):
    """`kill -9`: nothing of the process runs after it."""


class FakeClock:
    """The time of a test; it passes only in `sleep`."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@dataclass(frozen=True, kw_only=True)
class Breaking(Drill):
    """Breaks a file, and mends it by what was kept."""

    file: Path
    fails: list[BaseException] = field(default_factory=list)
    """What mending raises, one after the other."""

    def keep(self, on: Drilled) -> dict[str, Any]:
        del on
        return {"whole": self.file.read_text()}

    def plant(self, on: Drilled, record: Record) -> None:
        assert json.loads((on.loop.state_dir / "drill.json").read_text())["kept"] == record.kept
        self.file.write_text("broken")

    def mend(self, on: Drilled, record: Record) -> None:
        del on
        if self.fails:
            raise self.fails.pop(0)
        self.file.write_text(record.kept["whole"])


@dataclass
class World:
    """A loop of which one file can be broken, and what its servers say: the alert fires while it is."""

    loop: Loop
    drill: Breaking
    printed: io.StringIO
    clock: FakeClock
    evaluated: list[Path] = field(default_factory=list)
    """The folders of the rules that Prometheus was given."""
    looks: Callable[[bool], Seen | None] = lambda broken: FIRES if broken else QUIET

    @property
    def broken(self) -> bool:
        return self.drill.file.read_text() == "broken"

    def look(self) -> Seen | None:
        return self.looks(self.broken)

    def conduct(self) -> None:
        conducting.conduct(Drilled(self.loop, {"MonitorFunction": "m"}, print, iter(())), self.drill, self)

    def invoke(self, **_call: object) -> None:
        """Run the monitor."""

    def expect_whole(self) -> None:
        assert self.drill.file.read_text() == "whole"
        assert record.find(self.loop.state_dir) is None
        assert self.evaluated[-1] == self.loop.settings.alert_rules


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    clock, printed = FakeClock(), io.StringIO()
    for module in (waiting, terminal):
        monkeypatch.setattr(module, "time", clock)
    (tmp_path / "file").write_text("whole")
    (tmp_path / "outputs.json").write_text(json.dumps({"MonitorFunction": "m"}))
    shown = Terminal(tmp_path / "timings.json", Console(file=printed, width=200))
    world = World(
        open_loop(Settings(local_dir=tmp_path), shown),
        Breaking(alert=ALERT, plants="it breaks", mends="mend it", file=tmp_path / "file"),
        printed,
        clock,
    )
    monkeypatch.setattr(catalogue, "DRILLS", {ALERT: world.drill})
    monkeypatch.setattr(windows, "evaluate", lambda loop: world.evaluated.append(loop.settings.alert_rules))
    monkeypatch.setattr(aws, "client", lambda *_arguments: world)
    monkeypatch.setattr(Supervisor, "is_running", lambda _self: True)
    return world


def test_a_drill_is_told_as_a_timeline(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.conduct()

    world.expect_whole()
    told = capsys.readouterr().out.splitlines()
    assert told == [
        *("planted: it breaks", "fires in Prometheus", "reached Alertmanager", "mending: mend it", "mended"),
        *("resolved in Prometheus", "gone from Alertmanager", "the drill is over"),
    ]
    announced = " ".join(world.printed.getvalue().split())
    assert "Plant: it breaks." in announced
    assert "Mend, also after Ctrl-C: mend it." in announced


@pytest.mark.parametrize(
    ("looks", "what"), [(lambda _broken: QUIET, "did not reach Alertmanager"), (lambda _broken: FIRES, "fires already")]
)
def test_an_alert_that_does_not_come_and_go_fails_the_drill(
    world: World, looks: Callable[[bool], Seen], what: str
) -> None:
    world.looks = looks
    with pytest.raises(LocalError, match=what):
        world.conduct()
    assert not world.broken
    assert record.find(world.loop.state_dir) is None


def test_an_alert_that_does_not_end_in_time_fails_the_drill(world: World) -> None:
    seen = iter([QUIET])
    world.looks = lambda _broken: next(seen, FIRES)
    with pytest.raises(LocalError, match=r"did not end within \d+ s"):
        world.conduct()
    world.expect_whole()


def test_ctrl_c_mends_before_it_ends(world: World) -> None:
    def interrupted(broken: bool) -> Seen:  # noqa: FBT001 (as `looks`)
        if broken:
            raise KeyboardInterrupt
        return QUIET

    world.looks = interrupted
    with pytest.raises(KeyboardInterrupt):
        world.conduct()
    world.expect_whole()


def test_the_next_drill_mends_what_a_killed_one_left(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(broken: bool) -> Seen:  # noqa: FBT001 (as `looks`)
        if broken:
            raise KilledError
        return QUIET

    world.looks = killed
    with monkeypatch.context() as patched:
        patched.setattr(conducting, "_finish", lambda *_arguments: None)
        with pytest.raises(KilledError):
            world.conduct()
    assert world.broken

    conducting.practise(world.loop, "")

    world.expect_whole()


def test_what_could_not_be_mended_is_mended_the_next_time(world: World) -> None:
    world.drill.fails.extend(LocalError("The emulator is down.", remedy="make up") for _ in range(2))
    with pytest.raises(LocalError, match="emulator is down"):
        world.conduct()
    assert world.broken

    conducting.practise(world.loop, "")

    world.expect_whole()


def test_windows_are_shortened_for_the_drill_alone(world: World) -> None:
    settings = world.loop.settings.model_copy(update={"windows": AlertWindows.SHORTENED})
    world.loop = open_loop(settings, world.loop.terminal)

    world.conduct()

    meanwhile, afterwards = world.evaluated
    assert f"for: {SHORTENED.gateway_s}s" in (meanwhile / "loop.yml").read_text()
    assert afterwards == settings.alert_rules


def test_without_an_alert_every_drill_and_reason_is_listed(world: World) -> None:
    conducting.practise(world.loop, "")
    listed = world.printed.getvalue()
    assert all(name in listed for name in (*catalogue.DRILLS, *catalogue.WITHOUT))


def test_there_is_no_drill_on_aws(world: World) -> None:
    loop = open_loop(world.loop.settings.model_copy(update={"target": Target.AWS}), world.loop.terminal)
    with pytest.raises(LocalError, match="none on AWS"):
        conducting.practise(loop, ALERT)


def test_without_prometheus_there_is_no_drill(world: World) -> None:
    with pytest.raises(LocalError, match="Pushgateway does not run here"):
        conducting.practise(world.loop, ALERT)
    assert not world.broken
