"""Feast's online store in DynamoDB."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from lambdas.inference.feast_format import FEATURES, FormatError, StoredRow, entity_id, read_stats
from lambdas.inference.product_features import StoreError
from lambdas.shared.aws import AwsError, error_code

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb import DynamoDBClient

_PROJECTION = {"#time": "event_ts", "#values": "values"}


class ProductTable:
    """Reads products from the table; its client must have short timeouts."""

    def __init__(self, name: str, dynamodb: Callable[[], DynamoDBClient]) -> None:
        self._name = name
        self._dynamodb = dynamodb

    def read(self, product_id: str) -> StoredRow | None:
        """Return the product's row; None if there is none.

        Raises:
            StoreError: DynamoDB does not answer, or refuses.
            FormatError: The item is not in Feast's format.
        """
        try:
            answer = self._dynamodb().get_item(
                TableName=self._name,
                Key={"entity_id": {"S": entity_id(product_id)}},
                ProjectionExpression=", ".join(_PROJECTION),
                ExpressionAttributeNames=_PROJECTION,
            )
        except AwsError as error:
            raise StoreError(error_code(error)) from error
        item = answer.get("Item")
        if item is None:
            return None
        try:
            event_time = datetime.fromisoformat(item["event_ts"]["S"])
            values = {name: item["values"]["M"][name]["B"] for name in FEATURES}
        except (KeyError, ValueError) as error:
            raise FormatError(f"the item is not in Feast's format: {error!r}") from error
        if event_time.tzinfo is None:
            raise FormatError("the item's time has no time zone")
        return StoredRow(event_time, read_stats(values))
