"""Environment variables of the inference function."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """Read once, by `lambdas.shared.environment`.

    Attributes:
        predictions_table: DynamoDB table of predictions.
        audit_table: DynamoDB table of what waits for a reviewer's label.
        artifacts_bucket: Holds the pointer and the models.
        product_stats_table: DynamoDB table where Feast keeps the newest statistics of each product.
        window_days: Days for which a product's statistics are valid.
        rater_key_secret: ARN of the loop's secret, which decides what is audited.
        redis_url: Redis that Feast keeps them in instead; empty for DynamoDB.
        loop_name: Feast's project, a part of its keys in Redis.
        allowed_origins: Origins of the web pages that may call the API, separated by spaces.
        pushgateway_url: Where the function pushes its operational metrics; empty for nowhere.
    """

    predictions_table: str
    audit_table: str
    artifacts_bucket: str
    product_stats_table: str
    window_days: int
    rater_key_secret: str
    redis_url: str = ""
    loop_name: str = ""
    allowed_origins: str = ""
    pushgateway_url: str = ""
