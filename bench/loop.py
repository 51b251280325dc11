"""The whole loop as a newcomer starts it: a fresh clone, no caches, `make up`; then the API under load."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from bench import pages
from bench.monitoring import freshness
from bench.processes import PROJECT, free_ports, output_of
from bench.row import Row
from sentiment.reviews.sample import load_sample

if TYPE_CHECKING:
    from collections.abc import Sequence

WARM_UP, ONE_CLIENT, EIGHT_CLIENTS = 200, 500, 2_000


class Load(NamedTuple):
    """Percentiles of the answers' latency, and answers in a second of wall-clock time."""

    p50_ms: float
    p95_ms: float
    requests_per_second: float


def run() -> list[Row]:
    """Clone the last commit, start it twice, put load on its API and its pages; then start it without some servers."""
    with tempfile.TemporaryDirectory(prefix="sentiment-loop-bench-") as folder:
        clone, environment = _fresh_clone(Path(folder))
        try:
            first_s = _make(clone, environment, "up")
            again_s = _make(clone, environment, "up")
            found = json.loads((clone / ".local" / "outputs.json").read_text())
            api = found["api_url"], found["api_key"]
            one, eight = _load(*api)
            seen_s = freshness.delays_s(*api, f"http://127.0.0.1:{environment['PROMETHEUS_PORT']}")
            first_paints_s = pages.first_paints_s(found["frontend_url"])
            typed = _typing(found["frontend_url"])
            started_s = {
                off: _after_a_reset(clone, {**environment, **({off: "off"} if off else {})})
                for off in ("MONITORING", "FRONTEND", "")
            }
        finally:
            if (clone / ".local").exists():
                _make(clone, environment, "reset", "YES=1")
    return [
        Row(
            name="fresh clone to first answer (make up)", measured=first_s, reach=240, unit="s",
            note="no pip, uv or npm cache; includes downloads from the registries",
        ),
        Row(name="make up again", measured=again_s, reach=45, unit="s"),
        *(
            Row(
                name=f"make up, added by the {what}", measured=started_s[""] - started_s[off], reach=reach, unit="s",
                note=f"{started_s['']:.0f} s after a reset, and {started_s[off]:.0f} s with {off}=off",
            )
            for what, off, reach in (("monitoring", "MONITORING", 10), ("web pages", "FRONTEND", 5))
        ),
        Row(
            name="first useful paint: a review can be typed", measured=statistics.median(first_paints_s), reach=3,
            unit="s", note=f"{len(first_paints_s)} browsers without cache, longest {max(first_paints_s):.1f} s",
        ),
        typed,
        Row(
            name="feedback to changed F1 in Prometheus, p95", measured=_p95(seen_s), reach=15,
            unit="s", note=f"{len(seen_s)} verdicts, each F1 compared; median {statistics.median(seen_s):.1f} s, "
            f"longest {max(seen_s):.1f} s",
        ),
        Row(name="POST /predict through the gateway, p50", measured=one.p50_ms, reach=20, unit="ms"),
        Row(name="POST /predict through the gateway, p95", measured=one.p95_ms, reach=40, unit="ms"),
        Row(
            name="POST /predict, 8 clients", measured=eight.requests_per_second, reach=150, unit="requests/s",
            better="higher",
            note=f"p50 {eight.p50_ms:.0f} ms, p95 {eight.p95_ms:.0f} ms; "
            "clients, gateway and functions share the cores",
        ),
    ]  # fmt: skip


def _fresh_clone(folder: Path) -> tuple[Path, dict[str, str]]:
    clone, home = folder / "clone", folder / "home"
    subprocess.run(["git", "clone", "--quiet", str(PROJECT), str(clone)], check=True)
    home.mkdir()
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in {"PATH", "LANG"} or "CERT" in name or "CA_BUNDLE" in name
    }
    return clone, {**kept, **free_ports(), "HOME": str(home)}


def _typing(frontend_url: str) -> Row:
    """Return how long a key takes on the page Live, in a review that is longer than nine of ten."""
    texts = pages.reviews_by_length()
    usual, longest = texts[9 * len(texts) // 10], texts[-1]
    keys_ms = pages.key_to_paint_ms(frontend_url, usual)
    of_longest_ms = pages.key_to_paint_ms(frontend_url, longest)
    return Row(
        name="key to paint on the page Live, p95", measured=_p95(keys_ms), reach=16, unit="ms",
        peers={"a bare text field": _p95(pages.key_to_paint_of_a_bare_field_ms(usual))},
        note=f"without the wait for the display's next frame; {len(usual):,} characters, median "
        f"{statistics.median(keys_ms):.1f} ms; {len(longest):,} characters, median "
        f"{statistics.median(of_longest_ms):.1f} ms, p95 {_p95(of_longest_ms):.1f} ms",
    )  # fmt: skip


def _p95(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def _after_a_reset(clone: Path, environment: dict[str, str]) -> float:
    _make(clone, environment, "reset", "YES=1")
    return _make(clone, environment, "up")


def _make(clone: Path, environment: dict[str, str], *arguments: str) -> float:
    """Run a make target; return how long it took, in seconds."""
    started = time.perf_counter()
    output_of("make", *arguments, env=environment, cwd=clone)
    return time.perf_counter() - started


def _load(api_url: str, api_key: str) -> tuple[Load, Load]:
    headers = {"content-type": "application/json", "x-api-key": api_key}
    texts = [review.text for review in load_sample()][:EIGHT_CLIENTS]
    bodies = [json.dumps({"text": text[:10_000]}).encode() for text in texts if text.strip()]
    _post(f"{api_url}/predict", bodies[:WARM_UP], headers, 8)  # functions get more workers when first needed
    one = _post(f"{api_url}/predict", bodies[:ONE_CLIENT], headers, 1)
    return one, _post(f"{api_url}/predict", bodies, headers, 8)


def _post(url: str, bodies: Sequence[bytes], headers: dict[str, str], clients: int) -> Load:
    """Post every body once; each client keeps one connection, and sends the next body once its last is answered."""
    parts = urlsplit(url)
    client = threading.local()

    def connect() -> None:
        client.connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)

    def post(body: bytes) -> tuple[int, float]:
        started = time.perf_counter()
        client.connection.request("POST", parts.path, body, headers)
        answer = client.connection.getresponse()
        answer.read()
        return answer.status, time.perf_counter() - started

    started = time.perf_counter()
    with ThreadPoolExecutor(clients, initializer=connect) as threads:
        answers = list(threads.map(post, bodies))
    elapsed_s = time.perf_counter() - started
    statuses = Counter(status for status, _ in answers)
    if set(statuses) != {200}:
        raise RuntimeError(f"not every prediction was answered: {dict(statuses)}")
    percentiles = statistics.quantiles([seconds for _, seconds in answers], n=100)
    return Load(1000 * percentiles[49], 1000 * percentiles[94], len(answers) / elapsed_s)
