"""What the command measures is kept, and becomes the record only as a whole and at one commit."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

import bench.__main__ as bench_command
from bench import documents, results

if TYPE_CHECKING:
    from pathlib import Path


class Project:
    """A git checkout with benchmarks of its own."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._monkeypatch = monkeypatch
        self._git("init", "--quiet")
        self.commit()
        monkeypatch.setattr(results, "PROJECT", folder)
        monkeypatch.setattr(results, "MEASURED", folder.parent / "measured.json")
        monkeypatch.setattr(results, "RECORD", folder.parent / "results.json")
        for name in list(results.BENCHMARKS):
            monkeypatch.delitem(results.BENCHMARKS, name)
        monkeypatch.setattr(results, "review_sets", lambda: folder)
        monkeypatch.setattr(documents, "write", lambda: None)
        monkeypatch.setenv("PYTHONPATH", str(folder.parent), prepend=os.pathsep)

    def commit(self) -> None:
        self._git("add", ".")
        self._git("commit", "--quiet", "--allow-empty", "--message", "Change")

    def _git(self, *arguments: str) -> None:
        identity = ("-c", "user.name=x", "-c", "user.email=x@example.com")
        subprocess.run(["git", "-C", self.folder, *identity, *arguments], check=True)

    def benchmark(self, name: str, run: str) -> None:
        """Add a benchmark whose module has this source."""
        module = f"made_{name}"
        (self.folder.parent / f"{module}.py").write_text(f"from bench.row import Row\n\n{run}\n")
        self._monkeypatch.setitem(results.BENCHMARKS, name, results.Benchmark(module, name))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    (tmp_path / "project").mkdir()
    return Project(tmp_path / "project", monkeypatch)


CRASHES = "def run():\n    raise RuntimeError('the machine is on fire')"


def measures(number: float, reach: float | None = None) -> str:
    return f"def run():\n    return [Row(name='a number', measured={number}, reach={reach}, unit='s')]"


def measured() -> dict[str, float]:
    return {name: section["rows"][0]["measured"] for name, section in results.read(results.MEASURED).items()}


def test_a_failed_benchmark_loses_no_others_results(project: Project, capfd: pytest.CaptureFixture[str]) -> None:
    for name, run in (("first", measures(1)), ("broken", CRASHES), ("last", measures(3))):
        project.benchmark(name, run)
    assert bench_command.main(["--record"]) == 1
    assert measured() == {"first": 1, "last": 3}
    assert not results.RECORD.exists()
    printed = capfd.readouterr()
    assert "on fire" in printed.err
    assert "Not recorded: not measured at this commit: broken" in printed.out

    project.benchmark("broken", measures(2))
    assert bench_command.main(["--record", "broken"]) == 0
    assert list(results.read(results.RECORD)) == ["first", "broken", "last"]


def test_benchmarks_that_are_not_run_keep_their_results(project: Project) -> None:
    project.benchmark("first", measures(1))
    project.benchmark("second", measures(2))
    assert bench_command.main(["first"]) == 0
    assert bench_command.main(["second"]) == 0
    assert measured() == {"first": 1, "second": 2}
    assert not results.RECORD.exists()


def test_some_benchmarks_alone_are_not_recorded(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.benchmark("first", measures(1))
    project.benchmark("second", CRASHES)
    assert bench_command.main(["--record", "first"]) == bench_command.WRONG_ARGUMENTS
    assert "Cannot record: not measured at this commit: second" in capsys.readouterr().out
    assert not results.MEASURED.exists()


def test_a_tree_with_uncommitted_changes_is_not_recorded(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.benchmark("first", measures(1))
    (project.folder / "new.py").touch()
    assert bench_command.main(["--record"]) == bench_command.WRONG_ARGUMENTS
    assert "Cannot record: the tree has uncommitted changes" in capsys.readouterr().out
    project.commit()
    assert bench_command.main(["--record"]) == 0
    assert results.read(results.RECORD)["first"]["code"] == results.code()._asdict()


def test_a_change_during_a_benchmark_prevents_the_record(project: Project) -> None:
    change = f"import pathlib\npathlib.Path({str(project.folder / 'new')!r}).touch()"
    project.benchmark("first", f"{change}\n{measures(1)}")
    assert bench_command.main(["--record"]) == 1
    assert results.read(results.MEASURED)["first"]["code"]["changed"] is True
    assert not results.RECORD.exists()


def test_results_of_an_earlier_commit_do_not_complete_a_record(project: Project) -> None:
    project.benchmark("first", measures(1))
    project.benchmark("second", measures(2))
    assert bench_command.main(["first"]) == 0
    project.commit()
    assert bench_command.main(["--record", "second"]) == bench_command.WRONG_ARGUMENTS


def test_outside_of_a_git_checkout_nothing_is_recorded(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.benchmark("first", measures(1))
    monkeypatch.setattr(results, "PROJECT", tmp_path)
    assert bench_command.main(["first"]) == 0
    assert results.read(results.MEASURED)["first"]["code"] == {"commit": None, "changed": None}
    assert bench_command.main(["--record"]) == bench_command.WRONG_ARGUMENTS


def test_a_missed_number_ends_in_an_error(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.benchmark("slow", measures(4, reach=3))
    assert bench_command.main([]) == 1
    assert results.read(results.MEASURED)["slow"]["rows"][0]["reached"] is False
    assert "missed: a number: 4 s, ≤ 3 s" in capsys.readouterr().out


def test_a_machine_without_lscpu_is_described_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert results.machine()["cpu"]
