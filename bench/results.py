"""What was measured, of which code and on which machine: the latest numbers, and the record that the documents show.

A record is every benchmark, measured at one commit without uncommitted changes.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from bench.processes import PROJECT
from bench.review_sets import review_sets
from sentiment.files import written_whole

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bench.row import Row

MEASURED = Path(__file__).with_name("measured.json")
RECORD = Path(__file__).with_name("results.json")


class Code(NamedTuple):
    """The commit, and whether anything differs from it; None for both outside of a git checkout."""

    commit: str | None
    changed: bool | None


class Benchmark(NamedTuple):
    """The module that measures, with its `run() -> list[Row]`, and the heading of its table."""

    module: str
    title: str


# In this order: the quick ones first, the whole loop last.
BENCHMARKS = {
    "scoring": Benchmark("bench.model.scoring", "Time of a prediction"),
    "quality": Benchmark("bench.model.quality", "Quality of the model"),
    "scale": Benchmark("bench.model.scale", "Training on 1,000,000 reviews"),
    "gate": Benchmark("bench.model.gate", "How often the gate is wrong"),
    "poisoning": Benchmark("bench.model.poisoning", "What attacks on feedback change"),
    "attacks": Benchmark("bench.model.attacks", "What one API key can do"),
    "counting": Benchmark("bench.serving.counting", "Feedback in one hour, on DynamoDB"),
    "function": Benchmark("bench.serving.function", "The inference function"),
    "product": Benchmark("bench.serving.product", "Product statistics in a request"),
    "pushing": Benchmark("bench.serving.pushing", "Operational metrics, pushed by the inference function"),
    "features": Benchmark("bench.features.frame", "Training frames"),
    "retraining": Benchmark("bench.retraining", "Retraining"),
    "verdicts": Benchmark("bench.monitoring.verdicts", "Alarms on quality"),
    "monitor": Benchmark("bench.monitoring.monitor", "The model monitor"),
    "loop": Benchmark("bench.loop", "The whole loop"),
}


def read(file: Path) -> dict[str, Any]:
    """Return each benchmark's results by its name; nothing where the file is absent."""
    results: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    return results


def keep(name: str, rows: Iterable[Row], measured: Code) -> None:
    """Write one benchmark's results to this machine's file; the others keep their earlier ones."""
    results = read(MEASURED)
    results[name] = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "code": measured._asdict(),
        "machine": machine(),
        "rows": [row.as_json() for row in rows],
    }
    _write(MEASURED, results)


def record() -> None:
    """Make the record of this machine's file, which `obstacle` has nothing against."""
    results = read(MEASURED)
    _write(RECORD, {name: results[name] for name in BENCHMARKS})


def obstacle(about_to_run: Iterable[str] = ()) -> str | None:
    """Return why there can be no record once these benchmarks have run; None if there can be one."""
    now = code()
    if now.commit is None:
        return "this is not a git checkout"
    if now.changed:
        return "the tree has uncommitted changes"
    if review_sets() is None:
        return "the public review sets are missing (see SENTIMENT_SHARED in docs/settings.md)"
    results = read(MEASURED)
    at_this_commit = {name for name, section in results.items() if section.get("code") == now._asdict()}
    if missing := [name for name in BENCHMARKS if name not in at_this_commit.union(about_to_run)]:
        return f"not measured at this commit: {', '.join(missing)}"
    return None


def _write(file: Path, results: dict[str, Any]) -> None:
    with written_whole(file) as whole:
        whole.write((json.dumps(results, indent=1, ensure_ascii=False) + "\n").encode())


def code() -> Code:
    """Return the code as it is now."""
    commit = _printed("git", "rev-parse", "HEAD")
    return Code(commit, None if commit is None else bool(_printed("git", "status", "--porcelain", "--", ".")))


def machine() -> dict[str, Any]:
    """Return the processor as Linux or macOS names it, its load, the Python version and the system."""
    model = re.search(r"Model name:\s*(.+)", _printed("lscpu") or "")
    return {
        "cpu": model[1] if model else _printed("sysctl", "-n", "machdep.cpu.brand_string") or platform.machine(),
        "cores": os.cpu_count(),
        "load_average_1m": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "system": platform.platform(terse=True),
    }


def _printed(*command: str) -> str | None:
    """Return what a program prints; None if it is missing or fails."""
    if not shutil.which(command[0]):
        return None
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None
