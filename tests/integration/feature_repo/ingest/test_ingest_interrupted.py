"""Ingests that are killed, run at the same time, or get no answer from S3."""

from __future__ import annotations

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from botocore.config import Config

from feature_repo.errors import IngestConflictError, LakeError
from feature_repo.ingest import ingest_archive, ingest_files, ingest_sample, update_product_stats
from feature_repo.lake import lease as lease_module
from feature_repo.lake import objects as lake_module
from feature_repo.lake.keys import LEASE, REVIEWS
from feature_repo.lake.lease import lease
from feature_repo.lake.manifest import read_manifests
from feature_repo.lake.objects import Lake
from tests.integration.feature_repo.lakes import (
    NOON,
    a_file,
    a_rated_prediction,
    a_review,
    archive_rated,
    check_finished,
    contents,
    rows,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from feature_repo.settings import Settings


class Killed(BaseException):
    """The process is killed."""


@pytest.fixture
def expired_leases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every lease has expired already."""
    monkeypatch.setattr(lease_module, "LENGTH", timedelta(seconds=-1))


def from_files(settings: Settings, folder: Path) -> None:
    shared = [a_review(f"text {number}", stars=1 + number % 2 * 4) for number in range(40)]
    lines = [a_review("mine", at=NOON - timedelta(days=40)), *shared]
    one, two = a_file(folder / "one.jsonl", lines), a_file(folder / "two.jsonl", [*shared, a_review("yours")])
    with two.open("ab") as file:
        file.write(b"not a row\n")
    ingest_files(settings, [one, two])


def from_the_archive(settings: Settings, _: Path) -> None:
    ingest_archive(settings, NOON)


def product_statistics(settings: Settings, _: Path) -> None:
    update_product_stats(settings)


STEPS = (from_files, from_the_archive, product_statistics)


def with_feedback(lake: Lake) -> None:
    evidence = [a_rated_prediction(f"text {number}", ("negative", "positive")[number % 2]) for number in range(40)]
    archive_rated(lake, [*evidence, *(a_rated_prediction(f"new {number}", "negative") for number in range(5))])


def killed_before_write(number: int, patch: pytest.MonkeyPatch) -> None:
    """Kill the process before the write with this number, from 0."""
    counted = threading.Lock()
    left = number

    def mortal(write: Callable[..., object]) -> Callable[..., object]:
        def one(*args: object, **options: object) -> object:
            nonlocal left
            with counted:
                left -= 1
                if left < 0:
                    raise Killed
            return write(*args, **options)

        return one

    for name in ("put", "put_if", "delete"):
        patch.setattr(Lake, name, mortal(getattr(Lake, name)))


@pytest.mark.usefixtures("expired_leases")
@pytest.mark.parametrize("step", STEPS)
def test_an_ingest_killed_at_any_write_is_completed_by_the_next(
    step: Callable[[Settings, Path], None], lake: Lake, lake_settings: Settings, tmp_path: Path
) -> None:
    with_feedback(lake)
    for earlier in STEPS[: STEPS.index(step)]:
        earlier(lake_settings, tmp_path)
    before = contents(lake)
    step(lake_settings, tmp_path)
    expected = contents(lake)
    assert expected.keys() > before.keys()
    writes = 0
    died = True
    while died:
        lake.delete(expected.keys() - before.keys())
        with pytest.MonkeyPatch.context() as patch:
            killed_before_write(writes, patch)
            try:
                step(lake_settings, tmp_path)
                died = False
            except Killed:
                writes += 1
        step(lake_settings, tmp_path)
        assert contents(lake) == expected, f"after {writes} writes"
    assert writes >= len(expected) - len(before)


@pytest.mark.usefixtures("expired_leases")
def test_the_next_ingest_removes_what_a_killed_one_left(lake: Lake, lake_settings: Settings, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        killed_before_write(5, patch)
        with pytest.raises(Killed):
            from_files(lake_settings, tmp_path)
    assert rows(lake, REVIEWS) != []
    from_the_archive(lake_settings, tmp_path)
    assert rows(lake, REVIEWS) == []
    check_finished(lake)


@pytest.mark.usefixtures("expired_leases")
def test_a_sample_killed_on_its_move_is_unfinished_then_complete(lake: Lake, lake_settings: Settings) -> None:
    ingest_sample(lake_settings, NOON)
    expected = contents(lake)
    for number in range(2, 14, 3):
        ingest_sample(lake_settings, NOON - timedelta(days=60))
        with pytest.MonkeyPatch.context() as patch:
            killed_before_write(number, patch)
            with pytest.raises(Killed):
                ingest_sample(lake_settings, NOON)
        assert read_manifests(lake) == {}
        assert ingest_sample(lake_settings, NOON).changed
        assert contents(lake) == expected


def test_two_ingests_at_once_keep_each_text_once(lake: Lake, lake_settings: Settings, tmp_path: Path) -> None:
    shared = [a_review(f"in both {number}") for number in range(200)]
    files = [a_file(tmp_path / f"{name}.jsonl", [a_review(name), *shared]) for name in ("one", "two", "three")]
    with ThreadPoolExecutor(len(files)) as pool:
        counts = list(pool.map(lambda path: ingest_files(lake_settings, [path]), files))
    texts = [row["text"] for row in rows(lake, REVIEWS)]
    assert len(texts) == len(set(texts)) == 203
    assert sorted(one.kept for one in counts) == [1, 1, 201]
    check_finished(lake)


def test_two_equal_ingests_at_once_give_the_result_of_one(lake: Lake, lake_settings: Settings, tmp_path: Path) -> None:
    def everything(folder: Path) -> None:
        folder.mkdir()
        for step in STEPS:
            step(lake_settings, folder)

    with_feedback(lake)
    everything(tmp_path / "alone")
    expected = contents(lake)
    lake.delete(expected)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(everything, [tmp_path / "first", tmp_path / "second"]))
    assert contents(lake) == expected


def test_without_the_lease_nothing_more_is_written(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    with lease(lake) as first:
        with monkeypatch.context() as patch:
            patch.setattr(lease_module, "LENGTH", timedelta(seconds=-1))
            with lease(lake) as second:
                with pytest.raises(IngestConflictError, match="took the lease"):
                    first.renew()
                second.renew()
        with pytest.raises(IngestConflictError):
            first.check()


def test_the_lease_of_a_dead_process_expires_by_the_clock_of_s3(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease_module, "LENGTH", timedelta(seconds=1))
    lake.put(LEASE, b"of a process that was killed")
    with lease(lake) as held:
        held.renew()


def test_an_overdue_lease_is_renewed_before_a_write(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    with lease(lake) as held:
        before = lake.get(LEASE)
        held.check()
        assert lake.get(LEASE) == before
        monkeypatch.setattr(lease_module, "RENEW_S", -1.0)  # so that a renewal is overdue
        held.check()
        assert lake.get(LEASE) != before


def test_waiting_too_long_for_the_lease_is_an_error(
    lake: Lake, lake_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease_module, "PATIENCE_S", 0.0)
    path = a_file(tmp_path / "mine.jsonl", [a_review("mine")])
    with lease(lake), pytest.raises(IngestConflictError, match="run this again later"):
        ingest_files(lake_settings, [path])
    assert contents(lake) == {}
    assert ingest_files(lake_settings, [path]).kept == 1


def test_a_missing_bucket_is_one_line(lake_settings: Settings) -> None:
    elsewhere = lake_settings.model_copy(update={"lake_bucket": "nowhere-at-all"})
    with pytest.raises(LakeError, match="nowhere-at-all does not exist: deploy the data stack first") as raised:
        ingest_sample(elsewhere, NOON)
    assert "\n" not in str(raised.value)


def test_an_s3_that_is_down_is_one_line(lake_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    with pytest.raises(LakeError, match="did not answer: is it up"):
        ingest_sample(lake_settings, NOON)


def test_an_s3_that_never_answers_is_one_line(lake_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    impatient = Config(connect_timeout=1, read_timeout=0.3, retries={"total_max_attempts": 2})
    monkeypatch.setattr(lake_module, "CLIENT", impatient)
    with socket.create_server(("127.0.0.1", 0)) as server:  # accepts connections, never answers
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{server.getsockname()[1]}")
        with pytest.raises(LakeError, match="did not answer: is it up"):
            ingest_sample(lake_settings, NOON)


def test_the_lease_does_not_wait_again_for_an_s3_that_failed(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    def in_vain() -> None:
        with lease(lake):
            monkeypatch.setattr(Lake, "put_if", asked.append)
            raise LakeError("S3 did not answer")

    asked: list[object] = []
    with pytest.raises(LakeError, match="did not answer"):
        in_vain()
    assert asked == []
