"""The keys of the lake."""

from __future__ import annotations

REVIEWS = "offline/reviews"
LABELS = "offline/labels"
PRODUCT_STATS = "offline/product_stats"
SOURCES = "offline/sources"
INDEX = "offline/fingerprints"
"""What ingest needs of every review with stars, without its text; one file for each source."""
OLD_INDEX = "offline/index"
"""The same without fingerprints and sides, as it was before these."""
HELD_OUT_KEY = "offline/held_out_key"
"""Fingerprint of the key that decides which new texts are held out."""
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
    """Return the key of a Parquet file; `table` is one of the names above, `month` is `YYYY-MM`."""
    return f"{table}/month={month}/{name}.parquet"


def manifest(source: str) -> str:
    """Return the key of a source's manifest."""
    return f"{SOURCES}/{source}.json"


def index(source: str) -> str:
    """Return the key of a source's index."""
    return f"{INDEX}/{source}.parquet"


def old_index(source: str) -> str:
    """Return the key of a source's index without fingerprints."""
    return f"{OLD_INDEX}/{source}.parquet"


def quarantine(source: str) -> str:
    """Return the key of the list of a source's unreadable rows."""
    return f"{QUARANTINE}/{source}.jsonl"


def dataset_file(sha256: str) -> str:
    """Return the key of a frozen frame's rows."""
    return f"{DATASETS}/{sha256}/reviews.parquet"


def dataset_manifest(sha256: str) -> str:
    """Return the key of a frozen frame's manifest."""
    return f"{DATASETS}/{sha256}/manifest.json"


def compacted(kind: str, day: str) -> str:
    """Return the key of the cache of the archived events of a kind and a day (`dt=YYYY-MM-DD`)."""
    return f"{COMPACTED}/{kind}/{day}.parquet"
