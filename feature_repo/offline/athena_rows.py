"""What Athena joined, as the other offline stores return it."""

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
"""Of a query that failed, in what Feast makes of Athena's answer: the whole of it, the query included."""


def athena_rows(job: RetrievalJob, entities: pa.Table) -> Iterator[pa.RecordBatch]:
    """Yield the rows in the order of review ids, each at its review's own time: Athena rounds to milliseconds.

    Args:
        job: What Feast returned for these entities.
        entities: `review_id` and `event_timestamp` of every review that was asked for.

    Raises:
        OfflineStoreError: Athena or S3 does not answer or refuses.
    """
    try:
        joined = job.to_arrow()
    except (AthenaQueryError, BotoCoreError, Boto3Error, ClientError, pa.ArrowException) as error:
        reason = _REASON.search(str(error))
        said = reason[2] if reason else str(error).removeprefix("Athena SQL Query failed to finish. Details: ")
        raise OfflineStoreError(f"Athena did not join the frame: {' '.join(said.split())}") from error
    times = entities.select(["review_id", "event_timestamp"])
    yield from joined.drop_columns(["event_timestamp"]).join(times, "review_id").sort_by("review_id").to_batches()
