"""Names in the lake, each written once."""

from __future__ import annotations

REVIEWS = "offline/reviews"
LABELS = "offline/labels"
PRODUCT_STATS = "offline/product_stats"
SOURCES = "offline/sources"
INDEX = "offline/index"
"""Of every source of starred reviews, what ingest needs to know of each review without its text."""
LEASE = "offline/ingest.lease"
PRODUCT_STATS_MANIFEST = "offline/derived/product_stats.json"
REGISTRY = "feast/registry.pb"
SAVED = "feast/saved"
DATASETS = "datasets"
QUARANTINE = "quarantine/ingest"
COMPACTED = "offline/compacted"

SAMPLE = "sample"
FEEDBACK = "feedback"


def partition(table: str, month: str, name: str) -> str:
    """Return the key of one parquet file: `table` is one of the names above, `month` is `YYYY-MM`."""
    return f"{table}/month={month}/{name}.parquet"


def manifest(source: str) -> str:
    """Return the key of a source's manifest, which is written last."""
    return f"{SOURCES}/{source}.json"


def index(source: str) -> str:
    """Return the key of a source's index."""
    return f"{INDEX}/{source}.parquet"


def quarantine(source: str) -> str:
    """Return the key of the list of a source's rows that could not be read."""
    return f"{QUARANTINE}/{source}.jsonl"


def dataset_file(sha256: str) -> str:
    """Return the key of a frozen frame's rows."""
    return f"{DATASETS}/{sha256}/reviews.parquet"


def dataset_manifest(sha256: str) -> str:
    """Return the key of a frozen frame's manifest, which is written last."""
    return f"{DATASETS}/{sha256}/manifest.json"


def compacted(kind: str, day: str) -> str:
    """Return the key under which the archive's objects of a kind and a day (`dt=YYYY-MM-DD`) are kept together."""
    return f"{COMPACTED}/{kind}/{day}.parquet"
