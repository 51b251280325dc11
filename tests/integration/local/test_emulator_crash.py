"""What is acknowledged is kept: the emulator is killed with `kill -9` under load and started again."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import stat
import threading
import time
from typing import TYPE_CHECKING, Any

import boto3
import psutil
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local import outputs, servers, start, status, stop
from local.errors import LocalError
from local.terminal import Step

if TYPE_CHECKING:
    from pathlib import Path

    from local.loop import Loop

ITEM = {"AttributeName": "id", "AttributeType": "S"}


def test_every_acknowledged_write_survives_a_kill(loop: Loop) -> None:
    _start(loop)
    dynamodb = outputs.client(loop, "dynamodb")
    _create_table(loop)
    acknowledged = _write_until_killed(loop, writers=4)

    _start(loop)

    assert len(acknowledged) > 20
    kept = {item["id"]["S"] for item in _scan(dynamodb)} - {"counter"}
    assert acknowledged <= kept
    counter = dynamodb.get_item(TableName="votes", Key={"id": {"S": "counter"}})["Item"]
    assert int(counter["n"]["N"]) == len(kept), "each vote is counted once, whatever was replayed"


def test_a_kill_is_told_with_what_was_replayed(loop: Loop) -> None:
    _start(loop)
    dynamodb = outputs.client(loop, "dynamodb")
    _create_table(loop)
    _vote(dynamodb, "a")
    _vote(dynamodb, "b")
    _kill_emulator(loop)

    _start(loop)

    told = (loop.state_dir / "emulator" / "recoveries.jsonl").read_text()
    assert '"replayed": {"TransactWriteItems": 2}' in told
    assert '"refused": {}' in told


def test_writes_that_cannot_be_replayed_are_told_as_lost(loop: Loop) -> None:
    _start(loop)
    dynamodb = outputs.client(loop, "dynamodb")
    _create_table(loop)
    _vote(dynamodb, "a")
    _kill_emulator(loop)
    state = loop.state_dir / "emulator"
    for snapshot in state.glob("snapshot-*"):  # as if the table had been made after the last snapshot
        (snapshot / "dynamodb.json").unlink()
        checksums = json.loads((snapshot / "checksums.json").read_text())
        del checksums["dynamodb.json"]
        (snapshot / "checksums.json").write_text(json.dumps(checksums))

    _start(loop)

    assert '"refused": {"TransactWriteItems": 1}' in (state / "recoveries.jsonl").read_text()


def test_a_write_that_does_not_fit_on_the_disk_is_refused_and_harms_no_other(loop: Loop) -> None:
    _start(loop)
    _create_table(loop)
    dynamodb = _impatient(loop)
    _vote(dynamodb, "a")
    process = psutil.Process(loop.supervisor.state("emulator").pid)
    if not hasattr(process, "rlimit"):
        pytest.skip("only Linux limits another process's files")
    (journal,) = (loop.state_dir / "emulator").glob("journal-*.jsonl")
    soft, hard = process.rlimit(psutil.RLIMIT_FSIZE)
    process.rlimit(psutil.RLIMIT_FSIZE, (journal.stat().st_size + 50, hard))
    with pytest.raises(ClientError, match="InternalError"):
        _vote(dynamodb, "b")
    process.rlimit(psutil.RLIMIT_FSIZE, (soft, hard))
    _vote(dynamodb, "c")
    _kill_emulator(loop)

    _start(loop)

    assert {item["id"]["S"] for item in _scan(dynamodb)} >= {"a", "c"}
    assert '"refused": {}' in (loop.state_dir / "emulator" / "recoveries.jsonl").read_text()


def test_a_damaged_journal_line_costs_that_write_only(loop: Loop) -> None:
    _start(loop)
    dynamodb = outputs.client(loop, "dynamodb")
    _create_table(loop)
    for name in "abc":
        _vote(dynamodb, name)
    _kill_emulator(loop)
    (journal,) = (loop.state_dir / "emulator").glob("journal-*.jsonl")
    first, second, third = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(first + second[:40] + b"\n" + third)

    _start(loop)

    assert {item["id"]["S"] for item in _scan(dynamodb)} == {"a", "c", "counter"}
    assert '"refused": {"unreadable": 1}' in (loop.state_dir / "emulator" / "recoveries.jsonl").read_text()


def test_what_the_emulator_keeps_is_for_this_user_only(loop: Loop) -> None:
    _start(loop)
    outputs.client(loop, "secretsmanager").create_secret(Name="rater-key", SecretString="secret")
    servers.take_snapshot(loop.ports.known()["emulator"])
    state = loop.state_dir / "emulator"
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    assert [path for path in state.rglob("*") if path.stat().st_mode & 0o077] == []


def test_a_stop_keeps_everything_and_is_no_crash(loop: Loop) -> None:
    _start(loop)
    dynamodb = outputs.client(loop, "dynamodb")
    _create_table(loop)
    _vote(dynamodb, "a")
    s3 = outputs.client(loop, "s3")
    s3.create_bucket(Bucket="lake")
    s3.put_object(Bucket="lake", Key="raw/x", Body=b"kept")

    stop.down(loop)
    assert not loop.supervisor.is_running()
    assert not loop.supervisor.strays()
    _start(loop)

    assert {item["id"]["S"] for item in _scan(dynamodb)} == {"a", "counter"}
    assert s3.get_object(Bucket="lake", Key="raw/x")["Body"].read() == b"kept"
    assert not (loop.state_dir / "emulator" / "recoveries.jsonl").exists()


def test_objects_written_after_the_snapshot_survive_a_kill(loop: Loop) -> None:
    _start(loop)
    s3 = outputs.client(loop, "s3")
    s3.create_bucket(Bucket="artifacts")
    s3.put_bucket_versioning(Bucket="artifacts", VersioningConfiguration={"Status": "Enabled"})
    servers.take_snapshot(loop.ports.known()["emulator"])
    for number in range(3):
        s3.put_object(Bucket="artifacts", Key="serving/production.json", Body=f"{number}".encode())
    _kill_emulator(loop)

    _start(loop)

    assert s3.get_object(Bucket="artifacts", Key="serving/production.json")["Body"].read() == b"2"


def test_a_kill_in_the_middle_of_a_snapshot_leaves_the_one_before(loop: Loop) -> None:
    _start(loop)
    dynamodb = outputs.client(loop, "dynamodb")
    _create_table(loop)
    for number in range(50):
        _vote(dynamodb, f"vote-{number}", padding="x" * 100_000)
    port = loop.ports.known()["emulator"]
    saving = threading.Thread(target=lambda: _ignoring_the_end(servers.take_snapshot, port))
    saving.start()
    state = loop.state_dir / "emulator"
    _until(lambda: any(state.glob("*.unfinished")))
    _kill_emulator(loop)
    saving.join()

    _start(loop)

    assert len(_scan(dynamodb)) == 51


def test_stream_records_reach_the_consumer_after_a_restart(loop: Loop) -> None:
    _start(loop)
    dynamodb = outputs.client(loop, "dynamodb")
    _create_table(loop)
    _vote(dynamodb, "before")
    stop.down(loop)
    _start(loop)
    _vote(dynamodb, "after")
    _kill_emulator(loop)
    _start(loop)

    first, second = _stream_records(loop), _stream_records(loop)

    assert [r["dynamodb"]["Keys"]["id"]["S"] for r in first] == ["before", "counter", "after", "counter"]
    assert [r["dynamodb"]["SequenceNumber"] for r in first] == [r["dynamodb"]["SequenceNumber"] for r in second]


@pytest.mark.parametrize("victim", ["supervisord", "emulator"])
def test_up_again_after_a_kill_leaves_one_emulator_and_no_stray(loop: Loop, victim: str) -> None:
    _start(loop)
    before = loop.supervisor.state("emulator").pid
    dynamodb = outputs.client(loop, "dynamodb")
    _create_table(loop)
    _vote(dynamodb, "a")
    doomed = psutil.Process(loop.supervisor.pid if victim == "supervisord" else before)
    doomed.kill()
    doomed.wait(10)

    _start(loop)

    assert not psutil.pid_exists(before)
    assert not loop.supervisor.strays()
    assert {item["id"]["S"] for item in _scan(dynamodb)} == {"a", "counter"}


def test_status_tells_a_server_without_its_supervisor_from_one_that_is_down(loop: Loop) -> None:
    _start(loop)
    supervisor = psutil.Process(loop.supervisor.pid)
    emulator = psutil.Process(loop.supervisor.state("emulator").pid)
    supervisor.kill()
    supervisor.wait(10)
    assert _state_of(loop, "emulator") == "answers, unsupervised"
    emulator.kill()
    emulator.wait(10)
    assert _state_of(loop, "emulator") == "down"


def test_the_embedded_emulator_takes_a_loop_of_another_name_but_none_of_its_own(loop: Loop) -> None:
    _start(loop)
    own = loop.settings.loop_name
    assert "is the emulator of a make up" in servers.ask_localstack(loop.endpoint, loop_name=own).problem
    with pytest.raises(LocalError, match="This is not LocalStack"):
        servers.wait_for_localstack(loop.endpoint, loop_name=own, timeout_s=60, step=Step("Wait", 1))
    assert servers.ask_localstack(loop.endpoint, loop_name="Staging").ok


def test_another_folders_emulator_is_not_taken_for_ours(loop: Loop, tmp_path: Path) -> None:
    _start(loop)
    health = servers.ask_emulator(tmp_path / "another", loop.ports.known()["emulator"])
    assert "is answered by somebody else's server" in health.problem


def _state_of(loop: Loop, name: str) -> str:
    return next(row.state for row in status.ask_all(loop) if row.name == name)


def _start(loop: Loop) -> None:
    start.supervisor(loop)
    start.emulator(loop, Step("Start the emulator", 2))


def _kill_emulator(loop: Loop) -> None:
    process = psutil.Process(loop.supervisor.state("emulator").pid)
    process.kill()
    _until(lambda: not loop.supervisor.state("emulator").alive)


def _create_table(loop: Loop) -> None:
    """Make the table and save it, as `make up` does with what it deploys."""
    outputs.client(loop, "dynamodb").create_table(
        TableName="votes",
        AttributeDefinitions=[ITEM],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    servers.take_snapshot(loop.ports.known()["emulator"])


def _vote(dynamodb: Any, name: str, padding: str = "") -> None:  # noqa: ANN401
    put = {"TableName": "votes", "Item": {"id": {"S": name}, "padding": {"S": padding}}}
    add = {
        "TableName": "votes",
        "Key": {"id": {"S": "counter"}},
        "UpdateExpression": "ADD n :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    dynamodb.transact_write_items(TransactItems=[{"Put": put}, {"Update": add}])


def _write_until_killed(loop: Loop, *, writers: int) -> set[str]:
    acknowledged: set[str] = set()

    def write(writer: int) -> None:
        dynamodb = _impatient(loop)
        for number in range(100_000):
            try:
                _vote(dynamodb, f"{writer}-{number}")
            except (BotoCoreError, ClientError):
                return
            acknowledged.add(f"{writer}-{number}")

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(writers)]
    for thread in threads:
        thread.start()
    _until(lambda: len(acknowledged) > 200)
    os.kill(loop.supervisor.state("emulator").pid, signal.SIGKILL)
    for thread in threads:
        thread.join()
    return acknowledged


def _impatient(loop: Loop) -> Any:  # noqa: ANN401
    """A client that does not try again: a write is answered once or not at all."""
    return boto3.client(
        "dynamodb",
        endpoint_url=loop.endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )


def _scan(dynamodb: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    pages = dynamodb.get_paginator("scan").paginate(TableName="votes")
    return [item for page in pages for item in page["Items"]]


def _stream_records(loop: Loop) -> list[dict[str, Any]]:
    streams = outputs.client(loop, "dynamodbstreams")
    arn = outputs.client(loop, "dynamodb").describe_table(TableName="votes")["Table"]["LatestStreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    records: list[dict[str, Any]] = streams.get_records(ShardIterator=iterator["ShardIterator"])["Records"]
    return records


def _ignoring_the_end(call: Any, *arguments: object) -> None:  # noqa: ANN401
    with contextlib.suppress(OSError):
        call(*arguments)


def _until(condition: Any, timeout_s: float = 20.0) -> None:  # noqa: ANN401
    waiting, deadline = threading.Event(), time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline
        waiting.wait(0.01)
