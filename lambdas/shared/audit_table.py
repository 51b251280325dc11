"""The audit table: what waits for a reviewer's label, and how much was drawn of each client.

An entry is written with its prediction and deleted with its label, so the table holds only what waits. Its index has a
list for each draw and UTC day, in the order of places: every client's first ones come first. A second list for each
draw and day counts the places of each client and hour.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import ClientError

from lambdas.shared.aws import error_code
from lambdas.shared.feedback_keys import feedback_key
from sentiment.evaluation.audit_draw import DRAWS, RANDOM_DRAWS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, TransactWriteItemTypeDef

    from sentiment.evaluation.audit_draw import Draw
    from sentiment.schemas.events import PredictionEvent

INDEX = "by_place"
LISTED_DAYS = 7
"""Days for which an entry is listed, the current one included."""

_KEPT = timedelta(days=LISTED_DAYS + 1)
_NO_CLIENT = "-"
_TAKEN = frozenset({"ConditionalCheckFailed", "TransactionConflict", "TransactionInProgressException"})
"""Why an entry is not stored: it is there, or somebody writes it or a label at that moment."""


class Waiting(NamedTuple):
    """A prediction that waits for a reviewer's label.

    Attributes:
        prediction_id: The prediction.
        place: Which of its client's draws of the hour it is, from 1.
        hour: UTC hour in which it was drawn, `00` to `23`.
        client: Hash of its client.
    """

    prediction_id: str
    place: int
    hour: str
    client: str


class Counted(NamedTuple):
    """How many predictions of a client were drawn in a UTC hour, `00` to `23`."""

    hour: str
    client: str
    drawn: int


def waiting_key(prediction_id: str) -> dict[str, AttributeValueTypeDef]:
    """Return the key of a prediction's entry."""
    return {"entry": {"S": prediction_id}}


def waiting_item(
    draw: Draw, prediction_id: str, *, place: int, client: str | None, at: datetime
) -> dict[str, AttributeValueTypeDef]:
    """Return the entry of a prediction that was drawn at this time."""
    waiting = Waiting(prediction_id, place, f"{at:%H}", client or _NO_CLIENT)
    return {**index_key(draw, f"{at:%Y-%m-%d}", waiting), "expires_at": _expiry(at)}


def audited_item(event: PredictionEvent, place: int) -> dict[str, AttributeValueTypeDef]:
    """Return the entry of an audited prediction that has this place."""
    return waiting_item("audit", event.prediction_id, place=place, client=event.client, at=event.created_at)


def put_waiting(
    dynamodb: DynamoDBClient, item: Mapping[str, AttributeValueTypeDef], *, audit: str, feedback: str
) -> bool:
    """Store an entry, unless its prediction waits already or has a reviewer's label; return whether it was stored.

    A random draw takes the place of a chosen one, and of one that is not listed any more: a prediction that is there
    without being seen could else not be drawn.

    Args:
        dynamodb: Writes it.
        item: What `waiting_item` returned.
        audit: Name of the audit table.
        feedback: Name of the feedback table.

    Raises:
        ClientError: DynamoDB refused for another reason.
        BotoCoreError: DynamoDB did not answer.
    """
    waiting = waiting_of(item)
    put: TransactWriteItemTypeDef = {
        "Put": {"TableName": audit, "Item": item, "ConditionExpression": "attribute_not_exists(entry)"}
    }
    if draw_of(item) in RANDOM_DRAWS:
        chosen = {f":{one}": {"S": waiting_list(one, "")} for one in DRAWS if one not in RANDOM_DRAWS}
        conditions = ["expires_at < :oldest", *(f"begins_with(listed_in, {name})" for name in chosen)]
        put["Put"]["ConditionExpression"] += "".join(f" OR {one}" for one in conditions)
        put["Put"]["ExpressionAttributeValues"] = chosen | {":oldest": _oldest_expiry(item)}
    unlabelled: TransactWriteItemTypeDef = {
        "ConditionCheck": {
            "TableName": feedback,
            "Key": feedback_key(waiting.prediction_id, "reviewer"),
            "ConditionExpression": "attribute_not_exists(prediction_id)",
        }
    }
    try:
        dynamodb.transact_write_items(TransactItems=[unlabelled, put])
    except ClientError as error:
        reasons = {str(reason.get("Code")) for reason in error.response.get("CancellationReasons", [])}
        if reasons.isdisjoint(_TAKEN) and error_code(error) not in _TAKEN:
            raise
        return False
    return True


def waiting_list(draw: Draw, day: str) -> str:
    """Return the list of the entries of one draw and day, `YYYY-MM-DD`."""
    return f"{draw}#{day}"


def index_key(draw: Draw, day: str, waiting: Waiting) -> dict[str, AttributeValueTypeDef]:
    """Return an entry's key in the index, after which a query can go on."""
    return {
        **waiting_key(waiting.prediction_id),
        "listed_in": {"S": waiting_list(draw, day)},
        "place": {"S": f"{waiting.place:04d}#{waiting.hour}#{waiting.client}"},
    }


def before_place(place: int) -> AttributeValueTypeDef:
    """Return the value of `place` before which a list has the entries of all places before this one."""
    return {"S": f"{place:04d}"}


def waiting_of(item: Mapping[str, Any]) -> Waiting:
    """Return the entry that an item holds."""
    place, hour, client = item["place"]["S"].split("#")
    return Waiting(item["entry"]["S"], int(place), hour, client)


def draw_of(item: Mapping[str, Any]) -> Draw:
    """Return the draw of an entry's item, of which `listed_in` is enough."""
    draw: Draw = item["listed_in"]["S"].partition("#")[0]
    return draw


def counter_list(draw: Draw, day: str) -> str:
    """Return the list of the counters of one draw and day, `YYYY-MM-DD`."""
    return f"drawn#{draw}#{day}"


def counted_of(item: Mapping[str, Any]) -> Counted:
    """Return the counter that an item holds."""
    hour, client = item["place"]["S"].split("#")
    return Counted(hour, client, int(item["drawn"]["N"]))


class Places:
    """Gives the drawn predictions of each client and hour their numbers."""

    def __init__(self, table: str, dynamodb: Callable[[], DynamoDBClient]) -> None:
        self._table = table
        self._dynamodb = dynamodb

    def take(self, draw: Draw, client: str | None, number: int, at: datetime) -> range:
        """Return the next places of the client in this hour, as many as asked for; nobody else gets them.

        Raises:
            ClientError: DynamoDB refused.
            BotoCoreError: DynamoDB did not answer in time; the places may be lost, which does no harm.
        """
        name = client or _NO_CLIENT
        counted_in = counter_list(draw, f"{at:%Y-%m-%d}")
        counted = self._dynamodb().update_item(
            TableName=self._table,
            Key={"entry": {"S": f"{counted_in}T{at:%H}#{name}"}},
            UpdateExpression="ADD drawn :number SET listed_in = :list, place = :place, expires_at = :expires_at",
            ExpressionAttributeValues={
                ":number": {"N": str(number)},
                ":list": {"S": counted_in},
                ":place": {"S": f"{at:%H}#{name}"},
                ":expires_at": _expiry(at),
            },
            ReturnValues="UPDATED_NEW",
        )
        last = int(counted["Attributes"]["drawn"]["N"])
        return range(last - number + 1, last + 1)


def _oldest_expiry(item: Mapping[str, AttributeValueTypeDef]) -> AttributeValueTypeDef:
    """Return the expiry of the oldest entries that are still listed when an item is put."""
    at = datetime.fromtimestamp(int(item["expires_at"]["N"]), UTC) - _KEPT
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return _expiry(midnight - timedelta(days=LISTED_DAYS - 1))


def _expiry(at: datetime) -> AttributeValueTypeDef:
    return {"N": str(int((at + _KEPT).timestamp()))}
