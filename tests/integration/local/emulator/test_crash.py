"""Acknowledged writes survive: the emulator is killed with `kill -9` under load and started again."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import threading
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from botocore.exceptions import BotoCoreError, ClientError

from local import health, stop
from ops import aws, recovery, status
from tests.integration.local.emulator.votes import (
    create_table,
    impatient,
    kill_emulator,
    scan,
    start_emulator,
    until,
    vote,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb import DynamoDBClient

    from local.loop import Loop


def test_every_acknowledged_write_survives_a_kill(loop: Loop) -> None:
    start_emulator(loop)
    dynamodb = aws.client(loop, "dynamodb")
    create_table(loop)
    acknowledged = _write_until_killed(loop, writers=4)

    start_emulator(loop)

    assert len(acknowledged) > 20
    kept = {item["id"]["S"] for item in scan(dynamodb)} - {"counter"}
    assert acknowledged <= kept
    counter = dynamodb.get_item(TableName="votes", Key={"id": {"S": "counter"}})["Item"]
    assert int(counter["n"]["N"]) == len(kept), "each vote is counted once, also when replayed"


def test_a_kill_is_reported_with_the_replayed_writes(loop: Loop) -> None:
    start_emulator(loop)
    dynamodb = aws.client(loop, "dynamodb")
    create_table(loop)
    vote(dynamodb, "a")
    vote(dynamodb, "b")
    kill_emulator(loop)

    start_emulator(loop)

    told = (loop.state_dir / "emulator" / "recoveries.jsonl").read_text()
    assert '"replayed": {"TransactWriteItems": 2}' in told
    assert '"refused": {}' in told


def test_writes_that_cannot_be_replayed_are_reported_as_lost(loop: Loop) -> None:
    start_emulator(loop)
    dynamodb = aws.client(loop, "dynamodb")
    create_table(loop)
    vote(dynamodb, "a")
    kill_emulator(loop)
    state = loop.state_dir / "emulator"
    for snapshot in state.glob("snapshot-*"):  # as if the table had been created after the last snapshot
        (snapshot / "dynamodb.json").unlink()
        checksums = json.loads((snapshot / "checksums.json").read_text())
        del checksums["dynamodb.json"]
        (snapshot / "checksums.json").write_text(json.dumps(checksums))

    start_emulator(loop)

    assert '"refused": {"TransactWriteItems": 1}' in (state / "recoveries.jsonl").read_text()


def test_a_change_of_configuration_is_saved_or_named_as_lost(loop: Loop) -> None:
    start_emulator(loop)
    health.take_snapshot(loop.state_dir, loop.ports.known()["emulator"])
    secrets = aws.client(loop, "secretsmanager")
    secrets.create_secret(Name="rater-key", SecretString="secret")
    kill_emulator(loop)

    start_emulator(loop)

    saved = any(secret["Name"] == "rater-key" for secret in secrets.list_secrets()["SecretList"])
    assert ("1 secretsmanager CreateSecret" in "".join(recovery.crashes(loop))) is not saved


def test_a_write_that_does_not_fit_on_the_disk_is_refused_cleanly(loop: Loop) -> None:
    start_emulator(loop)
    create_table(loop)
    dynamodb = impatient(loop)
    process = psutil.Process(loop.supervisor.state("emulator").pid)
    if not hasattr(process, "rlimit"):
        pytest.skip("only Linux limits another process's files")
    limits = process.rlimit(psutil.RLIMIT_FSIZE)
    process.rlimit(psutil.RLIMIT_FSIZE, (1_500_000, limits[1]))
    acknowledged = {"counter"} | _vote_until_refused(dynamodb)
    seen = {item["id"]["S"] for item in scan(dynamodb)}
    refused = _status(loop)
    process.rlimit(psutil.RLIMIT_FSIZE, limits)
    vote(dynamodb, "z")
    mended = _status(loop)
    kill_emulator(loop)

    start_emulator(loop)

    kept = {item["id"]["S"]: item for item in scan(dynamodb)}
    assert len(acknowledged) > 2
    assert seen == acknowledged, "refused writes are not visible"
    assert not refused.ok
    assert "cannot write: OSError" in refused.note
    assert mended.ok
    assert "cannot write" not in mended.note
    assert set(kept) == acknowledged | {"z"}
    assert int(kept["counter"]["n"]["N"]) == len(acknowledged)
    assert '"refused": {}' in (loop.state_dir / "emulator" / "recoveries.jsonl").read_text()


def test_a_damaged_journal_line_loses_only_that_write(loop: Loop) -> None:
    start_emulator(loop)
    dynamodb = aws.client(loop, "dynamodb")
    create_table(loop)
    for name in "abc":
        vote(dynamodb, name)
    kill_emulator(loop)
    (journal,) = (loop.state_dir / "emulator").glob("journal-*.jsonl")
    first, second, third, _room = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(first + second[:40] + b"\n" + third)

    start_emulator(loop)

    assert {item["id"]["S"] for item in scan(dynamodb)} == {"a", "c", "counter"}
    assert '"refused": {"unreadable": 1}' in (loop.state_dir / "emulator" / "recoveries.jsonl").read_text()


def test_objects_written_after_the_snapshot_survive_a_kill(loop: Loop) -> None:
    start_emulator(loop)
    s3 = aws.client(loop, "s3")
    s3.create_bucket(Bucket="artifacts")
    s3.put_bucket_versioning(Bucket="artifacts", VersioningConfiguration={"Status": "Enabled"})
    health.take_snapshot(loop.state_dir, loop.ports.known()["emulator"])
    for number in range(3):
        s3.put_object(Bucket="artifacts", Key="serving/production.json", Body=f"{number}".encode())
    kill_emulator(loop)

    start_emulator(loop)

    assert s3.get_object(Bucket="artifacts", Key="serving/production.json")["Body"].read() == b"2"


def test_a_kill_during_a_snapshot_leaves_the_previous_one(loop: Loop) -> None:
    start_emulator(loop)
    dynamodb = aws.client(loop, "dynamodb")
    create_table(loop)
    for number in range(50):
        vote(dynamodb, f"vote-{number}", padding="x" * 100_000)
    port = loop.ports.known()["emulator"]
    saving = threading.Thread(target=lambda: _ignoring_the_end(health.take_snapshot, loop.state_dir, port))
    saving.start()
    state = loop.state_dir / "emulator"
    until(lambda: any(state.glob("*.unfinished")))
    kill_emulator(loop)
    saving.join()

    start_emulator(loop)

    assert len(scan(dynamodb)) == 51


def test_stream_records_reach_the_consumer_after_a_restart(loop: Loop) -> None:
    start_emulator(loop)
    dynamodb = aws.client(loop, "dynamodb")
    create_table(loop)
    vote(dynamodb, "before")
    stop.down(loop)
    start_emulator(loop)
    vote(dynamodb, "after")
    kill_emulator(loop)
    start_emulator(loop)

    first, second = _stream_records(loop), _stream_records(loop)

    assert [r["dynamodb"]["Keys"]["id"]["S"] for r in first] == ["before", "counter", "after", "counter"]
    assert [r["dynamodb"]["SequenceNumber"] for r in first] == [r["dynamodb"]["SequenceNumber"] for r in second]


def _write_until_killed(loop: Loop, *, writers: int) -> set[str]:
    acknowledged: set[str] = set()

    def write(writer: int) -> None:
        dynamodb = impatient(loop)
        for number in range(100_000):
            try:
                vote(dynamodb, f"{writer}-{number}")
            except (BotoCoreError, ClientError):
                return
            acknowledged.add(f"{writer}-{number}")

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(writers)]
    for thread in threads:
        thread.start()
    until(lambda: len(acknowledged) > 200)
    os.kill(loop.supervisor.state("emulator").pid, signal.SIGKILL)
    for thread in threads:
        thread.join()
    return acknowledged


def _stream_records(loop: Loop) -> list[dict[str, Any]]:
    streams = aws.client(loop, "dynamodbstreams")
    arn = aws.client(loop, "dynamodb").describe_table(TableName="votes")["Table"]["LatestStreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    records: list[dict[str, Any]] = streams.get_records(ShardIterator=iterator["ShardIterator"])["Records"]
    return records


def _ignoring_the_end(call: Callable[..., object], *arguments: object) -> None:
    with contextlib.suppress(OSError):
        call(*arguments)


def _vote_until_refused(dynamodb: DynamoDBClient) -> set[str]:
    acknowledged: set[str] = set()
    for number in range(100):
        try:
            vote(dynamodb, str(number), padding="x" * 200_000)
        except ClientError as error:
            assert "InternalError" in str(error)  # noqa: PT017 (the votes before it count)
            return acknowledged
        acknowledged.add(str(number))
    pytest.fail("the disk was never full")


def _status(loop: Loop) -> status.Row:
    return next(row for row in status.ask_all(loop) if row.name == "emulator")
