"""A result that cannot be fetched is an error of one line, whichever library raises it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn, cast

import pyarrow as pa
import pytest
from boto3.exceptions import Boto3Error, RetriesExceededError

from feature_repo.errors import OfflineStoreError
from feature_repo.offline.athena_rows import athena_rows

if TYPE_CHECKING:
    from feast.infra.offline_stores.offline_store import RetrievalJob

NOBODY = pa.table({"review_id": pa.array([], pa.string()), "event_timestamp": pa.array([], pa.timestamp("us", "UTC"))})


class Job:
    """A finished query whose result cannot be fetched."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def to_arrow(self) -> NoReturn:
        raise self._error


@pytest.mark.parametrize(
    "error",
    [
        RetriesExceededError(Boto3Error("connection broken")),
        pa.ArrowInvalid("no file"),
    ],
    ids=["the download breaks", "there is nothing to read"],
)
def test_a_result_that_cannot_be_fetched_is_one_line(error: Exception) -> None:
    with pytest.raises(OfflineStoreError, match=r"^Athena did not join the frame: .+$"):
        next(athena_rows(cast("RetrievalJob", Job(error)), NOBODY))
