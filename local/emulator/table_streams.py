"""Delivers table streams to functions as AWS does: partial batch responses, bisecting, limited retries.

The reader of ministack 1.5.33 takes any answer of a function as success of the whole batch, and retries a failing batch
unchanged until its records are too old. This one replaces it, and uses its positions.

https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
"""

from __future__ import annotations

import contextvars
import logging
import threading
import time
from dataclasses import dataclass, replace
from typing import Any

from ministack.core import concurrency, responses
from ministack.services import dynamodb, lambda_svc

RETRY_AFTER_S = 1.0
POLL_S = 0.25
"""Lambda polls a stream's shard four times a second."""

Mapping = dict[str, Any]
"""An event source mapping, as ministack stores it."""
Records = list[dict[str, Any]]

logger = logging.getLogger("sentiment-loop")


@dataclass(frozen=True)
class Failing:
    """A batch that keeps a reader from advancing.

    Attributes:
        position: The position of its first record.
        attempts: How often it failed; halving it does not count.
        size: How many records to read next.
    """

    position: int
    attempts: int
    size: int


class TableStreams:
    """The readers of all tables' streams, called by ministack's polling thread."""

    def __init__(self) -> None:
        self._failing: dict[str, Failing] = {}
        self._gathering_since: dict[str, float] = {}

    def install(self) -> None:
        """Replace ministack's reader."""
        lambda_svc._poll_dynamodb_streams = self.deliver

    def deliver(self) -> bool:
        """Give the function of each mapping its next batch. Returns whether any reader advanced."""
        advanced = False
        for account, region, mapping in lambda_svc._iter_all_esms():
            if mapping.get("Enabled", True) and ":dynamodb:" in mapping.get("EventSourceArn", ""):
                advanced |= contextvars.copy_context().run(self._deliver_alone, account, region, mapping)
        return advanced

    def _deliver_alone(self, account: str, region: str, mapping: Mapping) -> bool:
        """Keep an error in one mapping from affecting the others: several loops share an emulator."""
        try:
            return self._deliver_in(account, region, mapping)
        except Exception as error:  # ministack does not document what its code may raise
            logger.exception("%s gets no records of %s", mapping["FunctionName"], mapping["EventSourceArn"])
            mapping["LastProcessingResult"] = f"PROBLEM: {type(error).__name__}: {error}"
            self._rest(mapping["UUID"], RETRY_AFTER_S)
            return False

    def _deliver_in(self, account: str, region: str, mapping: Mapping) -> bool:
        responses._request_account_id.set(account)
        responses._request_region.set(region)
        identifier = mapping["UUID"]
        table = mapping["EventSourceArn"].partition("/stream/")[0].rpartition("/")[2]
        function, _ = lambda_svc._get_func_record_for_qualifier(mapping["FunctionName"], mapping.get("Qualifier"))
        stream = (dynamodb._tables.get(table) or {}).get("LatestStreamArn")
        rests_until = lambda_svc._esm_backoff_until.get(identifier, 0)
        if function is None or stream != mapping["EventSourceArn"] or rests_until > time.time():
            return False
        position = _position(mapping, table)
        failing = self._failing.get(identifier)
        if failing is None or failing.position != position:
            failing = Failing(position, 0, int(mapping.get("BatchSize", 100)))
        batch: Records = dynamodb.stream_records_since(table, position, failing.size)
        if not batch or (identifier not in self._failing and self._still_gathers(batch, mapping)):
            return False
        passed = self._hand_over(batch, mapping, function, failing)
        with lambda_svc._dynamodb_stream_positions_lock:
            lambda_svc._dynamodb_stream_positions[identifier] = position + passed
        return passed > 0

    def _still_gathers(self, batch: Records, mapping: Mapping) -> bool:
        """Whether a batch that is not full still waits for more within its batching window."""
        identifier, window_s = mapping["UUID"], int(mapping.get("MaximumBatchingWindowInSeconds", 0))
        since = self._gathering_since.setdefault(identifier, time.monotonic())
        rest_s = since + window_s - time.monotonic()
        if rest_s > 0 and len(batch) < int(mapping.get("BatchSize", 100)):
            self._rest(identifier, min(rest_s, POLL_S))
            return True
        del self._gathering_since[identifier]
        return False

    def _hand_over(self, batch: Records, mapping: Mapping, function: dict[str, Any], failing: Failing) -> int:
        """Call the function. Returns by how many records the reader advances."""
        records: Records = lambda_svc._apply_filter_criteria(batch, mapping)
        if not records:
            return len(batch)
        result = lambda_svc._execute_function(function, {"Records": records})
        failed = _failed_records(records, result, mapping)
        identifier, name = mapping["UUID"], mapping["FunctionName"]
        if not failed:
            self._failing.pop(identifier, None)
            mapping["LastProcessingResult"] = f"OK - {len(records)} records"
            logger.info("%s processed %d records", name, len(records))
            if len(batch) < int(mapping.get("BatchSize", 100)):
                self._rest(identifier, POLL_S)
            return len(batch)
        mapping["LastProcessingResult"] = "FAILED"
        logger.warning("%s failed on %d of %d records: %s", name, len(failed), len(records), result.get("body"))
        passed = batch.index(failed[0])
        halved = bool(result.get("error")) and bool(mapping.get("BisectBatchOnFunctionError")) and len(records) > 1
        if passed:  # what is left is another batch
            failing = Failing(failing.position + passed, 0, int(mapping.get("BatchSize", 100)))
        if halved:
            failing = replace(failing, size=(len(batch) + 1) // 2)
        else:
            failing = replace(failing, attempts=failing.attempts + 1)
        condition, given_up = _given_up(failed, mapping, failing)
        if given_up:
            stream = mapping["EventSourceArn"]
            lambda_svc._send_ddb_stream_failure_record(mapping, function, given_up, stream, result, condition)
            self._failing.pop(identifier, None)
            return batch.index(given_up[-1]) + 1
        self._failing[identifier] = failing
        self._rest(identifier, RETRY_AFTER_S)
        return passed

    def _rest(self, identifier: str, seconds: float) -> None:
        """Have the polling thread skip the mapping for some seconds, and wake it after that."""
        lambda_svc._esm_backoff_until[identifier] = time.time() + seconds
        waking = threading.Timer(seconds, concurrency.esm_wake.set)
        waking.daemon = True
        waking.start()


def _position(mapping: Mapping, table: str) -> int:
    """The reader's position, moved past records that have expired."""
    identifier = mapping["UUID"]
    starting = mapping.get("StartingPosition", "LATEST")
    lambda_svc._init_stream_position(identifier, mapping["EventSourceArn"], starting)
    with lambda_svc._dynamodb_stream_positions_lock:
        position: int = lambda_svc._dynamodb_stream_positions[identifier]
    oldest: int = dynamodb.stream_start_position(table)
    return max(position, oldest)


def _failed_records(records: Records, result: dict[str, Any], mapping: Mapping) -> Records:
    """The records to retry: all after an error, else those from the lowest that the function reports on.

    All of them when it reports something that is not in the batch.
    """
    if result.get("error"):
        return records
    answer = result.get("body")
    if "ReportBatchItemFailures" not in mapping.get("FunctionResponseTypes", []) or not answer:
        return []
    places = {record["dynamodb"]["SequenceNumber"]: place for place, record in enumerate(records)}
    try:
        named = [failure["itemIdentifier"] for failure in answer.get("batchItemFailures") or []]
        return records[min(places[name] for name in named) :] if named else []
    except (AttributeError, KeyError, TypeError):
        return records


def _given_up(failed: Records, mapping: Mapping, failing: Failing) -> tuple[str, Records]:
    """The records that are not retried any more, and the condition that the failure queue is told."""
    retries = int(mapping.get("MaximumRetryAttempts", -1))
    if 0 <= retries < failing.attempts:
        return "RetryAttemptsExhausted", failed
    longest_s = int(mapping.get("MaximumRecordAgeInSeconds", -1))
    oldest = time.time() - longest_s
    old = [record for record in failed if record["dynamodb"]["ApproximateCreationDateTime"] < oldest]
    return "MaxRecordAgeExceeded", old if longest_s > 0 else []
