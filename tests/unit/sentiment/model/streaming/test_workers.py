"""Workers answer in order, end with their parent, and a dead one raises an error."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import numpy as np
import psutil
import pytest

from sentiment.model.errors import StreamingError
from sentiment.model.streaming.featurising import Batch
from sentiment.model.streaming.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Iterator


def batch_of(*texts: str) -> Batch:
    count = len(texts)
    return Batch(list(texts), np.ones(count, dtype=np.int8), np.ones(count), np.zeros((count, 3)))


def of_workers() -> list[psutil.Process]:
    """Return the running workers of this process."""
    return [child for child in psutil.Process().children() if "sentiment.model.streaming.workers" in child.cmdline()]


def test_chunks_come_in_the_order_of_their_batches() -> None:
    sizes = [1, 4000, 2, 3, 2000, 4]
    with Workers(3) as workers:
        chunks = list(workers.read(batch_of(*["a good one"] * size) for size in sizes))
    assert [len(chunk.norms) for chunk in chunks] == sizes
    assert of_workers() == []


def test_batches_are_created_lazily() -> None:
    made = []

    def batches() -> Iterator[Batch]:
        for number in range(100):
            made.append(number)
            yield batch_of("good")

    with Workers(2) as workers:
        next(workers.read(batches()))
    assert len(made) <= 4


def test_every_process_names_ngrams_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    hashes = []
    for seed in ("1", "random"):
        monkeypatch.setenv("PYTHONHASHSEED", seed)
        with Workers(1) as workers:
            hashes.append(next(workers.read([batch_of("good and very nice")])).hashes.tolist())
    assert hashes[0] == hashes[1]


def test_a_killed_worker_raises_an_error() -> None:
    def batches() -> Iterator[Batch]:
        yield batch_of("good")
        for child in of_workers():
            os.kill(child.pid, signal.SIGKILL)
        for _ in range(10):
            yield batch_of(*["good " * 1000] * 1000)

    with Workers(2) as workers, pytest.raises(StreamingError, match="status -9"):
        list(workers.read(batches()))
    assert of_workers() == []


def test_workers_end_when_the_source_fails() -> None:
    def batches() -> Iterator[Batch]:
        yield batch_of(*["good " * 100_000] * 20)
        raise OSError("the lake is gone")

    with Workers(2) as workers, pytest.raises(OSError, match="the lake is gone"):
        list(workers.read(batches()))
    assert of_workers() == []
