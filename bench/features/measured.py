"""One training frame: `python -m bench.features.measured WHAT [LAKE]` prints its rows and its peak memory.

WHAT is `frozen` (the project's frame, from the lake that the environment names), or `feast-duckdb` or `feast-dask`:
Feast's own stores with the same definitions and reviews, from one local file for each table to a frame in memory.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

import pyarrow.dataset as ds
import pyarrow.parquet as pq
from feast import FeatureStore, FileSource, RepoConfig
from feast.data_format import ParquetFormat

from bench.features.lake import UNTIL, WINDOW
from feature_repo.features import TRAINING_SERVICE, LakeSources, make_services, make_views, product, review
from feature_repo.frame.frame import training_frame
from feature_repo.settings import load_settings


def main(what: str, folder: str | None = None) -> None:
    """Build the frame once; print the peak memory of the process and the number of rows."""
    rows = training_frame(load_settings(), UNTIL).rows if folder is None else _by_feast(what, Path(folder))
    print(json.dumps({"peak_mb": _peak_mb(), "rows": rows}))


def _peak_mb() -> float:
    status = Path("/proc/self/status")
    if status.exists():  # on Linux, `ru_maxrss` includes the memory of the parent when it started this process
        lines = status.read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def _by_feast(what: str, folder: Path) -> int:
    kind = what.removeprefix("feast-")
    sources = LakeSources(
        *(
            FileSource(
                name=name,
                path=f"{folder}-{name}.parquet",
                file_format=ParquetFormat(),
                timestamp_field="event_timestamp",
                created_timestamp_column="created_timestamp",
            )
            for name in ("reviews", "labels", "product_stats")
        )
    )
    store = FeatureStore(
        config=RepoConfig(
            project="bench",
            provider="local",
            registry=str(folder / f"{what}.db"),
            offline_store={"type": kind},
            online_store={"type": "sqlite", "path": str(folder / "online.db")},
            entity_key_serialization_version=3,
        )
    )
    views = make_views(sources, WINDOW)
    store.apply([*sources, review, product, *views, *make_services(views, definitions="bench")])
    window = (ds.field("event_timestamp") > UNTIL - WINDOW) & (ds.field("event_timestamp") <= UNTIL)
    columns = ["review_id", "product_id", "event_timestamp"]
    entities = pq.read_table(f"{folder}-reviews.parquet", columns=columns, filters=window).to_pandas()
    service = store.get_feature_service(TRAINING_SERVICE)
    return len(store.get_historical_features(entity_df=entities, features=service).to_df())


if __name__ == "__main__":
    main(*sys.argv[1:])
