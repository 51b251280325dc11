"""A lake that is held by one ingest, frame or command, and is in the form that they expect."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from feature_repo.ingest.upgrade import upgrade_indexes
from feature_repo.lake.lease import lease
from feature_repo.lake.secret import settle_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feature_repo.lake.lease import Lease
    from feature_repo.lake.objects import Lake
    from sentiment.reviews.held_out import HoldOut


@contextmanager
def leased(lake: Lake, hold_out: HoldOut) -> Iterator[Lease]:
    """Hold the lease of the lake, whose new texts are held out by this key, and whose indexes have fingerprints.

    Raises:
        AnotherKeyError: Its texts are held out by another key.
        IngestConflictError: Another ingest takes too long.
        DamagedLakeError: An index from before fingerprints, or its reviews, cannot be read.
        LakeError: S3 does not answer, or refuses.
    """
    with lease(lake) as held:
        settle_key(lake, hold_out)
        upgrade_indexes(lake)
        yield held
