"""What pushing operational metrics adds to the packaged inference function: to a request, its start and its size.

Processes of the function answer in turns: one that does not push, one that pushes to a real pushgateway, and one whose
pushgateway accepts connections and never answers. Then the first two again, with a push beside each request, as where
requests are rare.
"""

from __future__ import annotations

import random
import socket
import statistics
import subprocess
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

import httpx
from prometheus_client.parser import text_string_to_metric_families

from bench.processes import PROJECT, output_of
from bench.row import Row
from bench.serving.emulator import EMULATOR, emulator, fill
from bench.serving.function import inference_asset
from bench.serving.pushgateway import live_pushgateway
from sentiment.schemas.metrics import REQUESTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

WITHOUT, LIVE, DEAD = "without", "live", "dead"
MEASURED_S = 45.0
"""Long enough for the import and five pushes of a live gateway; a dead one is tried once."""
WARM_UP = 1
"""Requests left out: the first of a process, whose answer no push can delay."""
EACH_S = 20.0
PAUSE_S = 0.01
"""After each request, so that the push which began beside it is over when another process answers."""
PUSHED_SHARE = 0.6
"""Share of the requests that must have reached the gateway: all but those of the last ten seconds."""
STARTS = 11
NOTHING_MS = 0.5
"""0 ms, rounded: medians of two processes that do the same differ by 0.2 ms where a request takes 10 ms."""
_PUSHES = ("prometheus_client", "lambdas/shared/pushing", "sentiment/schemas/metrics.py")
"""What pushing adds to the asset, but for the metadata of the package."""


class Latency(NamedTuple):
    """Milliseconds of requests."""

    p50: float
    p99: float
    number: int


def run() -> list[Row]:
    """Measure all of it from the asset, with the emulator's DynamoDB."""
    asset = inference_asset()
    with emulator() as environment, live_pushgateway() as live, _dead_gateway() as dead:
        fill(environment, {})
        without, to_live, to_dead = environment, _pushing(environment, live), _pushing(environment, dead)
        latencies = _in_turns(asset, {WITHOUT: without, LIVE: to_live, DEAD: to_dead}, MEASURED_S)
        if _pushed_requests(live) < PUSHED_SHARE * latencies[LIVE].number:
            raise RuntimeError("few of the requests reached the pushgateway: not pushing looks fast")
        each = _in_turns(asset, {WITHOUT: without, LIVE: to_live}, EACH_S, "0", pause_s=PAUSE_S)
        start_s = _start_s(asset, environment)
    return _rows(latencies, each, start_s, _megabytes(asset))


def _pushing(environment: Mapping[str, str], url: str) -> dict[str, str]:
    return {**environment, "PUSHGATEWAY_URL": url}


@contextmanager
def _dead_gateway() -> Iterator[str]:
    """Yield the address of a server that accepts and never answers."""
    connections = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            with suppress(OSError):  # shut down: the measurement is over
                while True:
                    connections.append(server.accept()[0])

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()
            for connection in connections:
                connection.close()


def _in_turns(
    asset: Path,
    environments: Mapping[str, Mapping[str, str]],
    seconds: float,
    *arguments: str,
    pause_s: float = 0.0,
) -> dict[str, Latency]:
    """Return the latency of a process in each environment; a busy moment slows all of them."""
    program = [str(EMULATOR), "-m", "bench.serving.handler", "requests", str(asset), *arguments]
    milliseconds: dict[str, list[float]] = {name: [] for name in environments}
    with ExitStack() as processes:
        started = {
            name: processes.enter_context(
                subprocess.Popen(
                    program,
                    cwd=PROJECT,
                    env=environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    text=True,
                )
            )
            for name, environment in environments.items()
        }
        chance, end = random.Random(1), None
        while end is None or time.monotonic() < end:
            for name in chance.sample(list(started), len(started)):
                milliseconds[name].append(_one_request(started[name]))
                time.sleep(pause_s)  # `PAUSE_S` says what for
            end = end or time.monotonic() + seconds  # once all of them have started
    return {name: _latency(all_of_it[WARM_UP:]) for name, all_of_it in milliseconds.items()}


def _one_request(process: subprocess.Popen[str]) -> float:
    """Return the milliseconds of a request that a process makes for a line."""
    if process.stdin is None or process.stdout is None:
        raise ValueError("the process has no pipes")
    process.stdin.write("\n")
    process.stdin.flush()
    return float(process.stdout.readline())


def _latency(milliseconds: Sequence[float]) -> Latency:
    return Latency(statistics.median(milliseconds), statistics.quantiles(milliseconds, n=100)[-1], len(milliseconds))


def _pushed_requests(url: str) -> float:
    families = text_string_to_metric_families(httpx.get(f"{url}/metrics").raise_for_status().text)
    return sum(sample.value for family in families for sample in family.samples if sample.name == REQUESTS.name)


def _start_s(asset: Path, environment: Mapping[str, str]) -> float:
    """Return the median processor time that a start takes longer, in seconds."""
    program = (EMULATOR, "-m", "bench.serving.handler", "counting", asset)
    return statistics.median(float(output_of(*program, env=environment)) for _ in range(STARTS))


def _megabytes(asset: Path) -> float:
    """Return the size of what an asset has for pushing, with bytecode."""
    files = [file for file in asset.rglob("*") if file.is_file()]
    added = (
        file.stat().st_size
        for file in files
        if file.relative_to(asset).as_posix().startswith(_PUSHES) or file.stem.startswith("metrics.cpython")
    )
    return sum(added) / 1e6


def _rows(latencies: Mapping[str, Latency], each: Mapping[str, Latency], start_s: float, megabytes: float) -> list[Row]:
    without, live, dead = (latencies[name] for name in (WITHOUT, LIVE, DEAD))
    note = (
        f"{without.number:,} requests each, in turns; p50 {without.p50:.2f} ms without, {live.p50:.2f} ms with a live "
        f"and {dead.p50:.2f} ms with a dead gateway, p99 {without.p99:.1f}, {live.p99:.1f} and {dead.p99:.1f} ms; "
        "a dead gateway accepts and never answers; handler called directly"
    )
    return [
        Row(
            name="added to the p50 of a request", measured=live.p50 - without.p50, reach=NOTHING_MS, unit="ms",
            note=note,
        ),
        Row(name="added to its p99", measured=live.p99 - without.p99, reach=5, unit="ms", note=note),
        Row(
            name="added to its p50, dead gateway", measured=dead.p50 - without.p50, reach=NOTHING_MS, unit="ms",
            note=note,
        ),
        Row(
            name="added to its p50, a push beside each", measured=each[LIVE].p50 - each[WITHOUT].p50, unit="ms",
            note=f"{each[LIVE].number:,} requests each; p50 {each[WITHOUT].p50:.2f} ms without, {each[LIVE].p50:.2f} "
            f"ms with, p99 {each[WITHOUT].p99:.1f} and {each[LIVE].p99:.1f} ms",
        ),
        Row(
            name="added to the start", measured=start_s, reach=0.01, unit="s",
            note=f"processor time of its imports, median of {STARTS} fresh processes",
        ),
        Row(name="added to the asset", measured=megabytes, reach=1, unit="MB", note="with bytecode"),
    ]  # fmt: skip
