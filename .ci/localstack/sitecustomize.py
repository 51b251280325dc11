"""Isolates the transactions of moto, which stands in for LocalStack's DynamoDB where there is no Java.

moto 5 copies whole tables before each transaction, which takes seconds for a thousand items, and puts the copies in the
tables' place when it fails. Who reads the stream of the old table then waits forever, and what others wrote is gone.
"""

from __future__ import annotations

import copy
import sys
from functools import wraps
from threading import RLock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_LOCKED = ("put_item", "get_item", "update_item", "delete_item", "query", "scan", "transact_write_items")


def _state(backend: Any, write: dict[str, Any]) -> tuple[Any, Any, Any, int]:  # noqa: ANN401 - moto's
    """What one write of a transaction may change: its table, and there the key, the item, and how many records."""
    table = backend.get_table(write["TableName"])
    key = backend.get_keys_value(table, write.get("Key") or write.get("Item"))
    return table, key, copy.deepcopy(table.get_item(*key)), len(table.stream_shard.items) if table.stream_shard else 0


def _restore(table: Any, key: Any, item: Any, records: int) -> None:  # noqa: ANN401 - the same
    hash_key, range_key = key
    if item is None:
        table.delete_item(hash_key, range_key)
    elif range_key:
        table.items[hash_key][range_key] = item
    else:
        table.items[hash_key] = item
    if table.stream_shard:
        del table.stream_shard.items[records:]


def _isolate_transactions() -> None:
    from moto.dynamodb.models import DynamoDBBackend  # noqa: PLC0415 - only that server has it
    from moto.dynamodb.models.table import Table  # noqa: PLC0415
    from moto.dynamodbstreams.models import DynamoDBStreamsBackend  # noqa: PLC0415

    lock = RLock()

    def one_at_a_time(call: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(call)
        def locked(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever moto takes and gives
            with lock:
                return call(*arguments, **named)

        return locked

    def undoing_failures(transact: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(transact)
        def undone(backend: Any, transact_items: list[dict[str, Any]]) -> Any:  # noqa: ANN401 - the same
            before = [_state(backend, write) for item in transact_items for write in item.values()]
            try:
                return transact(backend, transact_items)
            except Exception:
                for state in before:
                    _restore(*state)
                raise

        return undone

    Table.__deepcopy__ = lambda table, _: table  # so that moto's own copies are none
    DynamoDBBackend.transact_write_items = undoing_failures(DynamoDBBackend.transact_write_items)
    for name in _LOCKED:
        setattr(DynamoDBBackend, name, one_at_a_time(getattr(DynamoDBBackend, name)))
    DynamoDBStreamsBackend.get_records = one_at_a_time(DynamoDBStreamsBackend.get_records)


if "moto.server" in sys.orig_argv:
    _isolate_transactions()
