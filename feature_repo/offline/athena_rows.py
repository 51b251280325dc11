"""The result of Athena, in the form of the other offline stores'."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyarrow as pa
from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from feast.infra.utils.aws_utils import AthenaQueryError

from feature_repo.errors import OfflineStoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feast.infra.offline_stores.offline_store import RetrievalJob

_REASON = re.compile(r"""'StateChangeReason': (['"])(.*?)\1[,}]""")
"""The reason of a failed query, in Feast's message, which has all of Athena's answer."""


def athena_rows(job: RetrievalJob, entities: pa.Table) -> Iterator[pa.RecordBatch]:
    """Yield the rows in the order of review ids, with the exact times of the reviews: Athena rounds to milliseconds.

    Args:
        job: Feast's job for these entities.
        entities: `review_id` and `event_timestamp` of all reviews.

    Raises:
        OfflineStoreError: Athena or S3 does not answer, or refuses.
    """
    try:
        joined = job.to_arrow()
    except (AthenaQueryError, BotoCoreError, Boto3Error, ClientError, pa.ArrowException) as error:
        reason = _REASON.search(str(error))
        message = reason[2] if reason else str(error).removeprefix("Athena SQL Query failed to finish. Details: ")
        raise OfflineStoreError(f"Athena did not join the frame: {' '.join(message.split())}") from error
    times = entities.select(["review_id", "event_timestamp"])
    yield from joined.drop_columns(["event_timestamp"]).join(times, "review_id").sort_by("review_id").to_batches()
