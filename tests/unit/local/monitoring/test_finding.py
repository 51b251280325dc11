"""The servers' programs are taken from this machine, or installed; what cannot be had is said in one line."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from local import start
from local.loop import open_loop
from local.monitoring import debian, finding, releases
from local.monitoring.servers import INSTALLED
from local.monitoring.unavailable import UnavailableError, UnreachableError
from local.settings import Monitoring, Settings
from local.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from local.loop import Loop


@pytest.fixture
def on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on the PATH; empty."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def loop_that_prints(folder: Path, monitoring: Monitoring = Monitoring.AUTO) -> tuple[Loop, io.StringIO]:
    printed = io.StringIO()
    settings = Settings(local_dir=folder / ".local", monitoring=monitoring)
    return open_loop(settings, Terminal(folder / "timings.json", Console(file=printed, width=500))), printed


def failing(error: Exception, calls: list[str]) -> Callable[..., None]:
    def fail(server: str, *_: object, **__: object) -> None:
        calls.append(server)
        raise error

    return fail


def test_programs_are_found_under_their_own_name_and_debians(on_path: Path, tmp_path: Path) -> None:
    pushgateway, exporter = program(on_path / "pushgateway"), program(on_path / "prometheus-node-exporter")
    program(on_path / "prometheus-pushgateway")

    assert finding.find(tmp_path / "programs") == {"pushgateway": pushgateway, "node_exporter": exporter}


def test_a_program_on_the_path_comes_before_a_downloaded_one(on_path: Path, tmp_path: Path) -> None:
    downloads = tmp_path / "programs"
    release = downloads / releases.RELEASES["prometheus"].folder(releases.this_system())
    downloaded, promtool = program(release / "prometheus"), program(release / "promtool")
    assert finding.find(downloads) == {"prometheus": downloaded, "promtool": promtool}

    own = program(on_path / "prometheus")

    assert finding.find(downloads)["prometheus"] == own


@pytest.mark.usefixtures("on_path")
def test_what_debian_does_not_have_is_downloaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []
    loop, printed = loop_that_prints(tmp_path)
    monkeypatch.setattr(debian, "is_possible", lambda: True)
    monkeypatch.setattr(debian, "remove_leftover", lambda: None)
    monkeypatch.setattr(debian, "install", failing(UnavailableError("apt-get failed: no such package"), []))

    def download(server: str, folder: Path, **_: object) -> None:
        tried.append(server)
        program(folder / releases.RELEASES[server].folder(releases.this_system()) / server)

    monkeypatch.setattr(releases, "download", download)

    found = finding.obtain(loop)

    assert set(found) == set(tried) == {server.name for server in INSTALLED}
    assert "apt-get install prometheus-pushgateway prometheus-node-exporter" in printed.getvalue()
    assert "apt-get failed: no such package. Trying the release archives." in printed.getvalue()
    assert "To have them" not in printed.getvalue()


@pytest.mark.usefixtures("on_path")
@pytest.mark.parametrize(
    ("error", "calls"),
    [(UnreachableError("no answer from github"), 1), (UnavailableError("no release"), len(INSTALLED))],
)
def test_what_cannot_be_had_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, calls: int
) -> None:
    tried: list[str] = []
    loop, printed = loop_that_prints(tmp_path)
    monkeypatch.setattr(debian, "is_possible", lambda: False)
    monkeypatch.setattr(releases, "download", failing(error, tried))

    assert finding.obtain(loop) == {}

    (line,) = [line for line in printed.getvalue().splitlines() if line.startswith("! ")]
    assert line.startswith("! Without Pushgateway, node exporter, Alertmanager, Prometheus (")
    assert str(error) in line
    assert line.endswith("To have them: put them on the PATH, from https://prometheus.io/download/, then make up.")
    assert len(tried) == calls


@pytest.mark.usefixtures("on_path")
def test_nothing_is_installed_or_downloaded_unasked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    for source, name in ((debian, "install"), (releases, "download")):
        monkeypatch.setattr(source, name, failing(AssertionError(), calls))
    monkeypatch.setattr(debian, "is_possible", lambda: False)
    loop, printed = loop_that_prints(tmp_path, Monitoring.INSTALLED)

    assert finding.obtain(loop) == {}

    assert calls == []
    assert "Without Pushgateway" in printed.getvalue()


def test_monitoring_that_is_off_does_not_even_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "obtain", failing(AssertionError(), []))
    loop, _ = loop_that_prints(tmp_path, Monitoring.OFF)
    monkeypatch.setattr(type(loop.supervisor), "states", lambda _self: [])

    assert start.launch_monitoring(loop, start.obtain_monitoring(loop)) == []
    assert loop.pushgateway_url == ""
