"""What one API key can do to the audited accuracy: by its thumbs, and by a flood of predictions."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lambdas.feedback.verdict import StoredPrediction, bucket_of, cell_of, verdict_of
from sentiment.evaluation.audit_draw import AuditDraw, places
from sentiment.keys import derived_key
from sentiment.schemas.bucket import without_shard
from sentiment.schemas.prediction_id import new_prediction_id

if TYPE_CHECKING:
    from datetime import datetime

    from sentiment.reviews.review import Label
    from sentiment.schemas.events import Source

PREDICTIONS = 1500
ACCURACY = 0.9
THUMBS = 46
"""So many once set the audited accuracy of an hour to 0."""

CLIENTS = 6
FLOOD = 20
"""How many times what all others send one client sends."""


class Audit(NamedTuple):
    """What an attack on the audit of one hour moves: points of audited accuracy, and the attacker's percent of it."""

    moved: float
    share: float
    share_without_places: float


def audit(seed: int, now: datetime) -> Audit:
    """Return what thumbs and a flood move in the hour of a seed."""
    source = random.Random(seed)
    draw = AuditDraw(derived_key(f"seed {seed}".encode(), "audit"))
    counted: dict[str, list[bool]] = {}

    def count(prediction_id: str, truth: Label, given: Source) -> None:
        prediction = StoredPrediction(label="positive", probability=0.9, model_version="1", audit=True, expires_at=0)
        cell = cell_of("positive", verdict_of("positive", truth))
        bucket = without_shard(bucket_of(prediction_id, prediction, given, now))
        counted.setdefault(bucket, []).append(cell == "tp")

    ids = [new_prediction_id(now) for _ in range(PREDICTIONS)]
    audited = [one for one in ids if draw.takes("audit", one)]
    for one in audited:
        count(one, "positive" if source.random() < ACCURACY else "negative", "reviewer")
    before = _audited(counted)
    for one in audited[:THUMBS]:  # which these are is a secret: the worst that luck can do
        count(one, "negative", "voluntary")
    drawn = {
        f"client {number}": sum(draw.takes("audit", new_prediction_id(now)) for _ in range(size))
        for number, size in enumerate([FLOOD * PREDICTIONS, *[PREDICTIONS // (CLIENTS - 1)] * (CLIENTS - 1)])
    }
    most = places(drawn, alone=False)
    placed = {client: min(number, most[client]) for client, number in drawn.items()}
    return Audit(
        moved=100 * abs(_audited(counted) - before),
        share=100 * placed["client 0"] / sum(placed.values()),
        share_without_places=100 * drawn["client 0"] / sum(drawn.values()),
    )


def _audited(counted: dict[str, list[bool]]) -> float:
    (bucket,) = [bucket for bucket in counted if bucket.endswith("#audit")]
    return float(np.mean(counted[bucket]))
