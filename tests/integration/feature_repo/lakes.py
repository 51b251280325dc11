"""Reading a lake, and files and events to write to one."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from feature_repo.ingest.index import digest
from feature_repo.lake.keys import HELD_OUT_KEY, LABELS, LEASE, REVIEWS, index, manifest, old_index
from feature_repo.lake.manifest import Object, read_manifests
from sentiment.reviews.record import to_line
from sentiment.reviews.review import Label, Review, review_id_of
from sentiment.reviews.stars import label_of_stars
from sentiment.schemas.events import FeedbackEvent
from tests.integration.events import a_prediction

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pydantic import BaseModel

    from feature_repo.lake.objects import Lake
    from sentiment.schemas.events import PredictionEvent

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def contents(lake: Lake) -> dict[str, bytes]:
    """Return all objects but raw ones, the held-out key, and the lease, whose content differs from run to run."""
    keys = [one.key for one in lake.list("") if one.key not in (LEASE, HELD_OUT_KEY) and not one.key.startswith("raw/")]
    return dict(lake.get_all(keys))


def rows(lake: Lake, table: str) -> list[dict[str, Any]]:
    """Return the rows of a table, from all its files in the order of keys."""
    found = lake.get_all([one.key for one in lake.list(f"{table}/") if one.key.endswith(".parquet")])
    return [row for _, content in found for row in pq.read_table(io.BytesIO(content)).to_pylist()]


def check_finished(lake: Lake) -> None:
    """Assert that the manifests list exactly the objects of the sources."""
    listed = {one.key: one.size for found in read_manifests(lake).values() for one in found.objects}
    there = {
        one.key: one.size
        for prefix in ("offline/reviews/", "offline/labels/", "offline/fingerprints/", "quarantine/ingest/")
        for one in lake.list(prefix)
    }
    assert there == listed


def a_review(text: str, *, stars: float = 5.0, product: str | None = "p", at: datetime | None = None) -> Review:
    return Review(
        review_id=review_id_of(product_id=product, title="", text=text),
        product_id=product,
        title="",
        text=text,
        stars=stars,
        label=label_of_stars(stars),
        time=at or NOON - timedelta(days=10),
        source="test",
    )


def a_file(path: Path, reviews: Iterable[Review]) -> Path:
    """Write a file of reviews, compressed if its name ends in `.gz`."""
    content = "".join(f"{to_line(review)}\n" for review in reviews).encode()
    path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)
    return path


def a_rated_prediction(
    text: str,
    label: Label,
    rater: str | None = "ann",
    *,
    at: datetime = NOON - timedelta(days=2),
    rated_at: datetime | None = None,
    revision: int = 1,
    prediction_id: str | None = None,
    product: str | None = "p",
) -> tuple[PredictionEvent, FeedbackEvent]:
    """Return a prediction, always positive, and feedback on it."""
    given = {"product_id": product} | ({"prediction_id": prediction_id} if prediction_id else {})
    prediction = a_prediction(text, at).model_copy(update=given)
    feedback = FeedbackEvent(
        prediction_id=prediction.prediction_id,
        verdict="up" if label == "positive" else "down",
        label=label,
        predicted="positive",
        model_version="7",
        audit=False,
        rater=rater,
        bucket=f"{at:%Y-%m-%dT%H}#7#voluntary",
        cell="tp" if label == "positive" else "fp",
        created_at=rated_at or at,
        updated_at=rated_at or at,
        revision=revision,
    )
    return prediction, feedback


def archive(lake: Lake, kind: str, events: Iterable[BaseModel], name: str = "1-2", *, day: str = "2026-11-21") -> None:
    """Write events as the archive function does."""
    lines = "".join(json.dumps(event.model_dump(mode="json"), sort_keys=True) + "\n" for event in events)
    lake.put(f"raw/{kind}/dt={day}/{name}.jsonl", lines.encode())


def archive_rated(lake: Lake, rated: Iterable[tuple[PredictionEvent, FeedbackEvent]], name: str = "1-2") -> None:
    """Write predictions and the feedback on them."""
    pairs = list(rated)
    archive(lake, "predictions", [prediction for prediction, _ in pairs], name)
    archive(lake, "feedback", [feedback for _, feedback in pairs], name)


def as_before_fingerprints(lake: Lake) -> None:
    """Write the indexes, labels and manifests as they were before texts had fingerprints and sides."""
    for source, found in read_manifests(lake).items():
        texts = {row["review_id"]: row for row in rows(lake, REVIEWS)}
        objects = []
        for one in found.objects:
            table = pq.read_table(io.BytesIO(lake.get(one.key) or b""))
            key = one.key
            if key == index(source):
                lake.delete([key])
                known = [texts[review_id] for review_id in table["review_id"].to_pylist()]
                hashes = {
                    "text_hash": [digest(row["text"]) for row in known],
                    "document_hash": [digest(f"{row['title']}\n{row['text']}") for row in known],
                }
                table = table.drop_columns(["fingerprint", "document_fingerprint", "held_out"])
                for name, values in hashes.items():
                    table = table.append_column(pa.field(name, pa.int64()), pa.array(values, pa.int64()))
                key = old_index(source)
            elif key.startswith(f"{LABELS}/"):
                table = table.drop_columns(["held_out"])
            content = io.BytesIO()
            pq.write_table(table, content)
            lake.put(key, content.getvalue())
            objects.append(Object(key, hashlib.sha256(content.getvalue()).hexdigest(), content.tell(), one.rows))
        lake.put(manifest(source), replace(found, objects=tuple(objects)).to_json())
    lake.delete([HELD_OUT_KEY])
