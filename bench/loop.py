"""The whole loop as a newcomer starts it: a fresh clone, no caches, `make up`; then the API under load."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

from bench.load import Load, post_from_clients
from bench.row import Row
from local.ports import free_port
from sentiment.reviews.sample import load_sample

ROOT = Path(__file__).parents[1]
WARM_UP, ONE_CLIENT, EIGHT_CLIENTS = 200, 500, 2_000


def run() -> list[Row]:
    """Clone the last commit, start it twice, put load on its API, and remove it."""
    with tempfile.TemporaryDirectory(prefix="sentiment-loop-bench-") as folder:
        clone, environment = _fresh_clone(Path(folder))
        try:
            first_s = _make(clone, environment, "up")
            again_s = _make(clone, environment, "up")
            found = json.loads((clone / ".local" / "outputs.json").read_text())
            one, eight = _load(found["api_url"], found["api_key"])
        finally:
            if (clone / ".local").exists():
                _make(clone, environment, "reset", "YES=1")
    return [
        Row(
            name="fresh clone to first answer (make up)", measured=first_s, reach=240, unit="s",
            note="no pip, uv or npm cache; includes downloads from the registries",
        ),
        Row(name="make up again", measured=again_s, reach=45, unit="s"),
        Row(name="POST /predict through the gateway, p50", measured=one.percentile_ms(50), reach=20, unit="ms"),
        Row(name="POST /predict through the gateway, p95", measured=one.percentile_ms(95), reach=40, unit="ms"),
        Row(
            name="POST /predict with 8 clients", measured=eight.requests_per_second, reach=150, unit="requests/s",
            better="higher",
            note=f"p50 {eight.percentile_ms(50):.0f} ms, p95 {eight.percentile_ms(95):.0f} ms; "
            "clients, gateway and functions share the cores",
        ),
    ]  # fmt: skip


def _fresh_clone(folder: Path) -> tuple[Path, dict[str, str]]:
    clone = folder / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in {"PATH", "LANG"} or "CERT" in name or "CA_BUNDLE" in name
    }
    home = folder / "home"
    home.mkdir()
    ports = {name: str(free_port()) for name in ("EMULATOR_PORT", "MLFLOW_PORT", "AIRFLOW_PORT", "MWAA_PORT")}
    return clone, {**kept, **ports, "HOME": str(home)}


def _make(clone: Path, environment: dict[str, str], *arguments: str) -> float:
    """Run a make target; return how long it took, in seconds."""
    started = time.perf_counter()
    done = subprocess.run(["make", *arguments], cwd=clone, env=environment, capture_output=True, text=True, check=False)
    elapsed_s = time.perf_counter() - started
    if done.returncode:
        raise RuntimeError(f"make {' '.join(arguments)} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return elapsed_s


def _load(api_url: str, api_key: str) -> tuple[Load, Load]:
    texts = [review.text for review in load_sample()][:EIGHT_CLIENTS]
    bodies = [json.dumps({"text": text[:10_000]}).encode() for text in texts if text.strip()]

    def post(count: int, clients: int) -> Load:
        load = post_from_clients(f"{api_url}/predict", bodies[:count], clients=clients, headers={"x-api-key": api_key})
        if set(load.statuses) != {200}:
            raise RuntimeError(f"not every prediction was answered: {dict(load.statuses)}")
        return load

    post(WARM_UP, 8)  # the emulator starts more workers of a function when they are first needed
    return post(ONE_CLIENT, 1), post(EIGHT_CLIENTS, 8)
