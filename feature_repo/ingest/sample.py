"""Ingest of the built-in sample, its times spread over the days before today."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from feature_repo.ingest.commit import commit, finished
from feature_repo.ingest.files import midnight_of, prepare
from feature_repo.lake.keys import SAMPLE
from feature_repo.lake.lease import lease
from feature_repo.lake.objects import Lake
from sentiment.reviews.sample import FRESH_PERCENT, is_fresh, load_sample

if TYPE_CHECKING:
    from datetime import datetime

    from feature_repo.lake.counts import IngestCounts
    from feature_repo.settings import Settings


def ingest_sample(settings: Settings, until: datetime) -> IngestCounts:
    """Ingest the built-in sample without the reviews that visitors post (`is_fresh`), and return what happened to it.

    Its times are spread over the 90 days before the UTC day of `until`, so they are the same all day; a sample of
    another day is replaced.

    Raises:
        IngestConflictError: Another ingest takes too long.
        LakeError: S3 does not answer, or refuses. The next run continues.
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
            return commit(lake, held, prepared, folder)


def _checksum() -> str:
    return hashlib.sha256(files("sentiment.reviews.sample").joinpath("reviews.jsonl.gz").read_bytes()).hexdigest()
