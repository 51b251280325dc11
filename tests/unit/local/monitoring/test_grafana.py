"""Grafana runs where it is installed with its pages, and where there is something to show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.monitoring import programs

if TYPE_CHECKING:
    from pathlib import Path

ARCHIVE = ("grafana-12.0/bin/grafana", "grafana-12.0")
HOMEBREW = ("Cellar/grafana/12.0/bin/grafana", "Cellar/grafana/12.0/share/grafana")
PACKAGE = ("usr/sbin/grafana", "usr/share/grafana")


@pytest.fixture(autouse=True)
def dashboards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the dashboards."""
    folder = tmp_path / "monitoring"
    (folder / "provisioning").mkdir(parents=True)
    monkeypatch.setattr(programs, "GRAFANA_DIR", folder)
    return folder


def installed(folder: Path, program: str, pages: str) -> Path:
    """Lay out an installation. Returns the program on the PATH."""
    for path in (folder / program, folder / pages / "conf" / "defaults.ini"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder / program


@pytest.mark.parametrize(("program", "pages"), [ARCHIVE, HOMEBREW, PACKAGE])
def test_grafana_is_started_from_every_kind_of_installation(tmp_path: Path, program: str, pages: str) -> None:
    found = {"grafana": installed(tmp_path, program, pages)}
    (tmp_path / "PATH").symlink_to(found["grafana"])

    assert programs.runnable({"grafana": tmp_path / "PATH"}) == ["grafana"]
    (described,) = programs.monitoring_programs(tmp_path, found, {"grafana": 3000}, rules_dir=tmp_path)

    assert described.command == [str(tmp_path / program), "server", "--homepath", str(tmp_path / pages)]
    assert described.environment["GF_SERVER_HTTP_ADDR"] == "127.0.0.1"


def test_a_packages_own_program_is_run_not_its_wrapper(tmp_path: Path) -> None:
    found = {"grafana": installed(tmp_path, *PACKAGE)}
    itself = installed(tmp_path, "usr/share/grafana/bin/grafana", "usr/share/grafana")

    (described,) = programs.monitoring_programs(tmp_path, found, {"grafana": 3000}, rules_dir=tmp_path)

    assert described.command[0] == str(itself)


def test_without_pages_or_dashboards_grafana_is_left_out(tmp_path: Path, dashboards: Path) -> None:
    bare = tmp_path / "bin" / "grafana"
    bare.parent.mkdir()
    bare.touch()
    assert programs.runnable({"grafana": bare}) == []

    (dashboards / "provisioning").rmdir()
    assert programs.runnable({"grafana": installed(tmp_path, *PACKAGE)}) == []
