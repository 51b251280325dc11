"""Environment variables of the feedback function."""

from __future__ import annotations

from dataclasses import dataclass

from lambdas.shared.booking import Tables


@dataclass(frozen=True, slots=True)
class Settings:
    """Read once, by `lambdas.shared.environment`.

    Attributes:
        predictions_table: DynamoDB table of predictions.
        feedback_table: DynamoDB table of feedback.
        quality_table: DynamoDB table of counters.
        rater_key_secret: ARN of the secret with the key that raters are hashed with.
        allowed_origins: Origins of the web pages that may call the API, separated by spaces.
    """

    predictions_table: str
    feedback_table: str
    quality_table: str
    rater_key_secret: str
    allowed_origins: str = ""

    @property
    def tables(self) -> Tables:
        """Names of the DynamoDB tables."""
        return Tables(self.predictions_table, self.feedback_table, self.quality_table)
