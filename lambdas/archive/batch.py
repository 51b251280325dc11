"""Writes a batch of a table's stream to files of the lake, and counts its events.

A file is named after its first and last sequence number, so that a batch delivered again replaces its file. A batch
that is cut differently the second time leaves an event in two files; readers know an event by its id and revision.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from lambdas.archive.counting import addition
from lambdas.archive.records import Line, RecordError, line_of
from lambdas.shared.aws import AwsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lambdas.archive.counting import EventCounts
    from lambdas.shared.raw_events import RawEvents

logger = logging.getLogger(__name__)


def archive(records: Sequence[Mapping[str, Any]], raw_events: RawEvents, counts: EventCounts) -> list[str]:
    """Write one file for each kind and day of event, and count them; an unreadable record does not hold up the others.

    Returns:
        The first sequence number of each file that could not be written, and those of events that were not counted.
    """
    files: dict[tuple[str, str], list[tuple[str, Line]]] = {}
    failed = []
    for record in records:
        if record.get("eventName") == "REMOVE":  # items expire, the lake keeps them
            continue
        try:
            line = line_of(record)
        except RecordError as error:
            failed += _quarantine(record, str(error), raw_events)
        else:
            files.setdefault((line.kind, line.day), []).append((record["dynamodb"]["SequenceNumber"], line))
    for (kind, day), lines in files.items():
        first, last = lines[0][0], lines[-1][0]
        try:
            key = raw_events.write(kind, day, f"{first}-{last}", [line.json for _, line in lines])
        except AwsError:
            logger.exception("not archived: %d events of %s", len(lines), kind)
            failed.append(first)
        else:
            logger.info("archived %d events: %s", len(lines), key)
    events = [found for lines in files.values() for found in lines]
    try:
        counts.add(addition(line) for _, line in events)
    except AwsError:
        logger.exception("not counted: %d events", len(events))
        failed += [number for number, _ in events]
    return failed


def _quarantine(record: Mapping[str, Any], reason: str, raw_events: RawEvents) -> list[str]:
    sequence_number: str = record["dynamodb"]["SequenceNumber"]
    try:
        logger.error("not archived (%s): %s", reason, raw_events.quarantine(sequence_number, record, reason))
    except AwsError:
        logger.exception("not archived (%s), and not quarantined", reason)
        return [sequence_number]
    return []
