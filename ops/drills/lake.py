"""The drill of the archive: a batch that could not be archived."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from local.errors import LocalError
from ops import aws, recovery
from ops.drills.drill import Drill, Drilled

if TYPE_CHECKING:
    from ops.drills.record import Record

_QUEUE = "ArchiveFailureQueueUrl"
_BATCH = '{"drill": "no batch failed"}'
_WAITING = "ApproximateNumberOfMessages"


class FailedBatch(Drill):
    """A message is in the archive's failure queue."""

    def keep(self, on: Drilled) -> dict[str, Any]:
        """Check that the queue is empty, because mending empties it."""
        queue = on.found[_QUEUE]
        found = aws.client(on.loop, "sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=[_WAITING])
        if waiting := int(found["Attributes"][_WAITING]):
            raise LocalError(f"{waiting} batches really failed.", remedy="docs/runbook.md#archivefailures")
        return {}

    def plant(self, on: Drilled, record: Record) -> None:
        """Send the message."""
        del record
        aws.client(on.loop, "sqs").send_message(QueueUrl=on.found[_QUEUE], MessageBody=_BATCH)

    def mend(self, on: Drilled, record: Record) -> None:
        """Reconcile today's feedback, then take the message out of the queue, and no other."""
        del record
        recovery.reconcile(on.loop, since=datetime.now(UTC))
        queue, sqs = on.found[_QUEUE], aws.client(on.loop, "sqs")
        while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                if message["Body"] == _BATCH:
                    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
