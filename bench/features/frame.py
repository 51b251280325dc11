"""The training frame of a million reviews, and a smaller one, beside Feast's own stores."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from bench.features.lake import write_lake
from bench.processes import output_of
from bench.row import Row
from bench.serving.emulator import emulator, session_of
from feature_repo.lake.keys import DATASETS, LABELS, PRODUCT_STATS, REVIEWS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3.service_resource import Bucket

MANY = 1_000_000
FEWER = 100_000
REPEATS = 3


def run() -> list[Row]:
    """Measure from the lake to a frozen frame, in a new process each time."""
    with tempfile.TemporaryDirectory(prefix="sentiment-loop-bench-") as name, emulator() as environment:
        folder = Path(name)
        few, many = folder / "few", folder / "many"
        for lake, reviews in ((few, FEWER), (many, MANY)):
            write_lake(lake, reviews)
            _upload(lake, environment)
            for table in (REVIEWS, LABELS, PRODUCT_STATS):
                whole = pq.read_table(lake / table, partitioning=None)
                pq.write_table(whole, folder / f"{lake.name}-{table.rpartition('/')[2]}.parquet")
        frames = [_frozen(environment, many.name) for _ in range(REPEATS)]
        smaller = _frozen(environment, few.name)
        by_duckdb = {lake.name: _measured(environment, "feast-duckdb", str(lake)) for lake in (many, few)}
        by_files = _measured(environment, "feast-dask", str(few))
    if (frames[0]["rows"], smaller["rows"]) != (by_duckdb["many"]["rows"], by_duckdb["few"]["rows"]):
        raise RuntimeError(f"the frames do not have the same reviews: {frames[0]}, {smaller}, {by_duckdb}")
    seconds = sorted(frame["seconds"] for frame in frames)
    peers = {"Feast's DuckDB store": by_duckdb["few"], "Feast's file store": by_files}
    lost = f"Feast's file store returned {by_files['rows']:,.0f} of {smaller['rows']:,.0f} reviews, without a warning"
    return [
        Row(
            name="1,000,000 reviews", measured=seconds[REPEATS // 2], reach=40, unit="s",
            peers={"Feast's DuckDB store": by_duckdb["many"]["seconds"]},
            note=f"median of {REPEATS}, {seconds[0]:.0f} to {seconds[-1]:.0f}; {frames[0]['rows']:,.0f} reviews "
            "from S3, frozen there, with the start of Python and Feast; Feast's own stores read local files and end "
            "with a frame in memory",
        ),
        Row(
            name="1,000,000 reviews, peak memory",
            measured=max(frame["peak_mb"] for frame in frames), reach=3000, unit="MB",
            peers={"Feast's DuckDB store": by_duckdb["many"]["peak_mb"]},
        ),
        Row(
            name="100,000 reviews", measured=smaller["seconds"], unit="s",
            peers={name: peer["seconds"] for name, peer in peers.items()}, note=lost,
        ),
        Row(
            name="100,000 reviews, peak memory", measured=smaller["peak_mb"], unit="MB",
            peers={name: peer["peak_mb"] for name, peer in peers.items()},
        ),
    ]  # fmt: skip


def _upload(lake: Path, environment: Mapping[str, str]) -> None:
    bucket = _bucket(environment, lake.name)
    bucket.create()
    for path in lake.rglob("*.parquet"):
        bucket.upload_file(str(path), str(path.relative_to(lake)))


def _frozen(environment: dict[str, str], lake: str) -> dict[str, float]:
    """Measure a frame that has not been frozen yet."""
    _bucket(environment, lake).objects.filter(Prefix=f"{DATASETS}/").delete()
    return _measured(environment | {"LAKE_BUCKET": lake}, "frozen")


def _bucket(environment: Mapping[str, str], name: str) -> Bucket:
    return session_of(environment).resource("s3", endpoint_url=environment["AWS_ENDPOINT_URL"]).Bucket(name)


def _measured(environment: Mapping[str, str], *what: str) -> dict[str, float]:
    program = (sys.executable, "-W", "ignore", "-m", "bench.features.measured", *what)
    started = time.perf_counter()
    printed = output_of(*program, env=os.environ | environment)
    seconds = time.perf_counter() - started
    measured: dict[str, float] = json.loads(printed.splitlines()[-1])
    return measured | {"seconds": seconds}
