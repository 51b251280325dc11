"""A retraining run over a frozen frame of a few reviews: every step is the real one, and takes moments."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING

import pyarrow as pa

from feature_repo.frame.file import SCHEMA, write_frame
from feature_repo.frame.frozen import freeze
from feature_repo.frame.window import Window
from feature_repo.lake.objects import Lake
from sentiment.model.hyperparameters import Hyperparameters
from sentiment.reviews.held_out import PUBLIC
from sentiment.reviews.review import review_id_of
from tests.integration.feature_repo.planted import UNTIL, Planted, days_ago
from tests.integration.training.retraining.evaluated_run import keep
from training.retraining.results import Framed, Ingested
from training.retraining.run import Run
from training.retraining.steps import BUILD_FRAME, INGEST

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.training.versions import MakeVersion
    from training.retraining.run import RetrainingSettings

PRODUCTS = 60
"""More than DynamoDB takes at once."""

_SERVICE = "sentiment_training_v1"
_EACH = {True: 12, False: 16}  # of each label, held out or not


def small_run(settings: RetrainingSettings, make_version: MakeVersion, run_id: str, folder: Path) -> Run:
    """Promote a production model, freeze a frame, plant product statistics, and write the outcomes up to the frame."""
    run = Run(settings, run_id)
    version = make_version("great")
    tracking = run.registry.tracking
    for name, value in Hyperparameters(folds=2, min_reviews=1).to_dict().items():
        tracking.client.log_param(tracking.version(version).run_id, name, value)
    run.registry.promote(version)
    lake = Lake(settings.features)
    planted = Planted()
    for number in range(PRODUCTS):
        planted.statistics(f"product {number}", days_ago(3), 4, 4.5, 0.75)
    planted.put(lake)
    file = write_frame(_rows().to_batches(), folder / "frame.parquet", feature_service=_SERVICE, replayed=False)
    frozen = freeze(lake, file, Window(UNTIL - timedelta(days=90), UNTIL), _SERVICE)
    keep(run, INGEST, Ingested(until=UNTIL, force=False, first=False, counts={}))
    keep(run, BUILD_FRAME, Framed.of(frozen))
    return run


def _rows() -> pa.Table:
    left = {(label, part): each for label in ("positive", "negative") for part, each in _EACH.items()}
    rows = []
    for number in count():
        label = ("positive", "negative")[number % 2]
        text = f"{'great' if label == 'positive' else 'it broke'} {number}"
        review_id = review_id_of(product_id=None, title="", text=text)
        held_out = PUBLIC.holds_out(text)
        kind = (label, held_out)
        if left[kind]:
            left[kind] -= 1
            row = dict.fromkeys(SCHEMA.names) | {
                "review_id": review_id,
                "text": text,
                "label": label,
                "held_out": held_out,
            }
            rows.append(
                row | {"event_timestamp": days_ago(1), "title": "", "source": "shop", "origin": "stars", "weight": 1.0}
            )
        if not any(left.values()):
            break
    rows.sort(key=lambda row: str(row["review_id"]))
    return pa.Table.from_pylist(rows, schema=SCHEMA)
