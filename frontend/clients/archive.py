"""The archive of a loop in S3: why the predictions of one time differ from those of another."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from frontend.clients.problems import ProblemError
from monitoring.why.archive import Range, TooManyPredictionsError, UnknownVersionError
from monitoring.why.changes import Buckets, Changes, changes
from monitoring.why.split import NothingToCompareError, Part
from sentiment.model.artifact import ArtifactError

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["MOST", "Archive", "Changes", "Part"]
MOST = 20_000
"""Predictions of one time that are compared: with as many in both, a slow core works for 40 s."""
_CONFIG = Config(
    connect_timeout=3,
    read_timeout=10,
    retries={"mode": "standard", "total_max_attempts": 2},
    s3={"addressing_style": "path"},  # resolves at any AWS_ENDPOINT_URL; AWS answers both forms
)


class Archive:
    """The archive of one deployment. Its methods may be called by several threads."""

    def __init__(self, lake_bucket: str, artifacts_bucket: str) -> None:
        self._buckets = Buckets(lake_bucket, artifacts_bucket)
        self._s3 = boto3.client("s3", config=_CONFIG)
        self._one_at_a_time = threading.Lock()

    def changes(self, before: tuple[datetime, datetime], after: tuple[datetime, datetime]) -> Changes:
        """Return what changed from one time to another, each of which has a beginning and an end.

        Raises:
            ProblemError: The archive cannot be read, there is nothing to compare, or somebody else is comparing: one
                comparison at a time leaves the server time for its pages.
        """
        if not self._one_at_a_time.acquire(blocking=False):
            raise ProblemError("Somebody else is comparing two times. Try again in a minute.", may_repeat=True)
        try:
            return changes(self._buckets, self._s3, Range(*before), Range(*after), most=MOST)
        except NothingToCompareError as error:
            raise ProblemError(f"Nothing to compare: {error}.", may_repeat=False) from error
        except TooManyPredictionsError as error:
            raise ProblemError(
                f"One of the times has more than {MOST:,} predictions. Choose shorter ones.", may_repeat=False
            ) from error
        except UnknownVersionError as error:
            raise ProblemError(
                "A model version that predicted at that time was never promoted here, so it cannot be asked.",
                may_repeat=False,
            ) from error
        except (ArtifactError, ValidationError) as error:
            raise ProblemError("What is archived of that time cannot be read.", may_repeat=False) from error
        except (ClientError, BotoCoreError) as error:
            raise ProblemError("The archive does not answer. Try again.", may_repeat=True) from error
        finally:
            self._one_at_a_time.release()
