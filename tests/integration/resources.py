"""The resources of one integration test in the emulator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sentiment.reviews.held_out import HoldOut

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient


REVIEWERS_API_KEY_ID = "id-of-the-reviewers-key"


class Clients(NamedTuple):
    """Created once, because that takes longer than most tests."""

    dynamodb: DynamoDBClient
    s3: S3Client
    secrets_manager: SecretsManagerClient


SECRET = "a key for tests"
HOLD_OUT = HoldOut(SECRET.encode())
"""What decides in these tests which texts are held out."""


@dataclass(frozen=True, slots=True)
class Resources:
    """The resources of one test."""

    predictions: str
    feedback: str
    quality: str
    audit: str
    monitoring: str
    product_stats: str
    lake: str
    artifacts: str
    rater_key_secret: str
    dynamodb: DynamoDBClient
    s3: S3Client

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables of the functions."""
        return {
            "PREDICTIONS_TABLE": self.predictions,
            "FEEDBACK_TABLE": self.feedback,
            "QUALITY_TABLE": self.quality,
            "AUDIT_TABLE": self.audit,
            "MONITORING_TABLE": self.monitoring,
            "PRODUCT_STATS_TABLE": self.product_stats,
            "WINDOW_DAYS": "90",
            "LAKE_BUCKET": self.lake,
            "ARTIFACTS_BUCKET": self.artifacts,
            "RATER_KEY_SECRET": self.rater_key_secret,
            "REVIEWERS_API_KEY_ID": REVIEWERS_API_KEY_ID,
        }
