"""The built-in sample into the lake, its times replayed over the days before a day."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from feature_repo.ingest.files import midnight_of, prepare
from feature_repo.ingest.publishing import finished, publish
from feature_repo.lake.keys import SAMPLE
from feature_repo.lake.lease import lease
from feature_repo.lake.objects import Lake
from sentiment.reviews.sample import FRESH_PERCENT, is_fresh, load_sample

if TYPE_CHECKING:
    from datetime import datetime

    from feature_repo.lake.counts import IngestCounts
    from feature_repo.settings import Settings


def ingest_sample(settings: Settings, until: datetime) -> IngestCounts:
    """Bring the built-in sample into the lake, or move it along if it was there for another day.

    Without the reviews that visitors bring (`is_fresh`).

    Its times are spread over the 90 days before the start of the UTC day of `until`: the same for a whole day.

    Raises:
        IngestConflictError: Another ingest has been under way for long.
        LakeError: S3 does not answer or refuses. Run it again: it goes on.
    """
    midnight = midnight_of(until)
    made_from = {"sample": f"{_checksum()}, {FRESH_PERCENT} % fresh"}
    lake = Lake(settings)
    done = finished(lake, SAMPLE)
    if done is not None and done.replayed_until == midnight.date().isoformat() and done.made_from == made_from:
        return done.counts
    with TemporaryDirectory() as name:
        folder = Path(name)
        reviews = [review for review in load_sample() if not is_fresh(review)]
        prepared = prepare(SAMPLE, reviews, folder, replayed_until=midnight, made_from=made_from)
        with lease(lake) as held:
            return publish(lake, held, prepared, folder)


def _checksum() -> str:
    return hashlib.sha256(files("sentiment.reviews.sample").joinpath("reviews.jsonl.gz").read_bytes()).hexdigest()
