"""Why predictions changed between two times, read from the lake: what the command and the page both call."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from lambdas.shared.raw_events import RawEvents
from monitoring.why.archive import Models, predictions_in
from monitoring.why.split import split

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from monitoring.why.archive import Range
    from monitoring.why.split import Split


class Buckets(NamedTuple):
    """The buckets of a loop.

    Attributes:
        lake: Has the predictions.
        artifacts: Has the models that made them, and the audit log that names them.
    """

    lake: str
    artifacts: str


class Changes(NamedTuple):
    """What changed from one time to another.

    Attributes:
        before: Number of predictions in the earlier time.
        after: Number of predictions in the later time.
        split: The change of their mean log-odds, and its parts.
    """

    before: int
    after: int
    split: Split


def changes(buckets: Buckets, s3: S3Client, before: Range, after: Range, *, most: float = math.inf) -> Changes:
    """Return what changed from one time to another.

    Args:
        buckets: Where the predictions and the models are.
        s3: A client of S3.
        before: The earlier time.
        after: The later time.
        most: How many predictions of each time are read, at most.

    Raises:
        NothingToCompareError: There are no predictions in one of the times.
        TooManyPredictionsError: There are more in one of them than may be read.
        UnknownVersionError: A version that predicted was never in production.
        ArtifactError: A model does not load.
        pydantic.ValidationError: A line of the archive is no prediction.
        ClientError: S3 refused a call.
        BotoCoreError: S3 did not answer.
    """
    raw_events, models = RawEvents(buckets.lake, s3), Models(buckets.artifacts, s3)
    first, second = (predictions_in(raw_events, times, most=most) for times in (before, after))
    return Changes(len(first), len(second), split(first, second, models.scorer_of))
