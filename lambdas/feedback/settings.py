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
        audit_table: DynamoDB table of what waits for a reviewer's label.
        rater_key_secret: ARN of the loop's secret, which raters and clients are hashed with.
        reviewers_api_key_id: Id of the API key that reviewers come with.
        allowed_origins: Origins of the web pages that may call the API, separated by spaces.
        pushgateway_url: Where the function pushes its operational metrics; empty for nowhere.
    """

    predictions_table: str
    feedback_table: str
    quality_table: str
    audit_table: str
    rater_key_secret: str
    reviewers_api_key_id: str
    allowed_origins: str = ""
    pushgateway_url: str = ""

    @property
    def tables(self) -> Tables:
        """Names of the DynamoDB tables."""
        return Tables(self.predictions_table, self.feedback_table, self.quality_table, self.audit_table)
