"""What was measured is kept, whatever happens afterwards and wherever it runs."""

from __future__ import annotations

import json
import subprocess
import sys
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

import bench.__main__ as bench_command
from bench import provenance
from bench.row import Row

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def benchmark(name: str, run: Callable[[], list[Row]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command know one benchmark more."""
    module = ModuleType(f"made_{name}")
    module.run = run  # type: ignore[attr-defined]  # a module made here
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(bench_command.BENCHMARKS, name, module.__name__)


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(bench_command, "RESULTS", tmp_path / "results.json")
    monkeypatch.setattr(bench_command, "MEASURED", tmp_path / "measured.json")
    return bench_command.MEASURED


def crash() -> list[Row]:
    raise RuntimeError("the machine is on fire")


def test_a_benchmark_that_fails_loses_nothing_measured_before(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    benchmark("quick", lambda: [Row(name="a number", measured=1.0, unit="s")], monkeypatch)
    benchmark("broken", crash, monkeypatch)
    with pytest.raises(RuntimeError, match="on fire"):
        bench_command.main(["quick", "broken"])
    assert json.loads(results.read_text())["quick"]["rows"][0]["measured"] == 1.0


def test_a_benchmark_that_is_not_run_keeps_its_earlier_results(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, measured in (("first", 1.0), ("second", 2.0)):
        benchmark(name, lambda measured=measured: [Row(name="a number", measured=measured, unit="s")], monkeypatch)  # type: ignore[misc]  # mypy infers no type for a default
        assert bench_command.main([name]) == 0
    assert set(json.loads(results.read_text())) == {"first", "second"}


def test_the_readmes_numbers_are_written_when_that_is_asked_for(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    benchmark("quick", lambda: [Row(name="a number", measured=1.0, unit="s")], monkeypatch)
    assert bench_command.main(["quick"]) == 0
    assert not bench_command.RESULTS.exists()
    results.unlink()
    assert bench_command.main(["--record", "quick"]) == 0
    assert set(json.loads(bench_command.RESULTS.read_text())) == {"quick"}
    assert not results.exists()


def test_a_number_that_was_not_reached_ends_in_an_error(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    benchmark("slow", lambda: [Row(name="a number", measured=4.0, reach=3.0, unit="s")], monkeypatch)
    assert bench_command.main(["slow"]) == 1
    assert json.loads(results.read_text())["slow"]["rows"][0]["reached"] is False


def test_a_machine_without_lscpu_is_described_too(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    benchmark("quick", lambda: [Row(name="a number", measured=1.0, unit="s")], monkeypatch)
    assert bench_command.main(["quick"]) == 0
    assert json.loads(results.read_text())["quick"]["machine"]["cpu"]


def test_results_name_the_code_that_was_measured(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    benchmark("quick", lambda: [Row(name="a number", measured=1.0, unit="s")], monkeypatch)
    monkeypatch.setattr(provenance, "PROJECT", results.parent)
    assert bench_command.main(["quick"]) == 0
    assert json.loads(results.read_text())["quick"]["code"] == {"commit": None, "changed": None}

    results.unlink()
    (results.parent / "bench").mkdir()
    git = ["git", "-C", str(results.parent), "-c", "user.name=x", "-c", "user.email=x@example.com"]
    subprocess.run([*git, "init", "--quiet"], check=True)
    subprocess.run([*git, "commit", "--quiet", "--allow-empty", "--message", "Begin"], check=True)
    (results.parent / "bench" / "results.json").write_text("an earlier section's numbers are no change of the code")
    commit = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    assert provenance.code() == {"commit": commit, "changed": False}

    (results.parent / "new.py").touch()
    assert provenance.code() == {"commit": commit, "changed": True}
