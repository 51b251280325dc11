"""The processes that read texts, and what they are given and give back, in order.

They are started as programs and not through `multiprocessing`: a task of Airflow can run in a daemonic process, which
`multiprocessing` allows no children, and a fork of a process with threads can hang.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Self

from sentiment.model.errors import StreamingError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType

    from sentiment.model.streaming.featurising import Batch, Chunk

_ROOT = Path(__file__).resolve().parents[3]


class Workers:
    """Some worker processes, from the beginning of a `with` to its end."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._processes: list[subprocess.Popen[bytes]] = []
        self._idle: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()

    def __enter__(self) -> Self:
        # One seed, for chunks name n-grams by their hash; the same import path, wherever the parent found this code.
        path = os.pathsep.join([str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
        for _ in range(self._count):
            process = subprocess.Popen(
                [sys.executable, "-m", "sentiment.model.streaming.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=environment,
            )
            self._processes.append(process)
            self._idle.put(process)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            process.kill()  # it holds nothing that could be lost, and may be in the middle of a batch nobody wants
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with suppress(BrokenPipeError):  # a batch that was not all sent stays unsent
                        pipe.close()

    def read(self, batches: Iterable[Batch]) -> Iterator[Chunk]:
        """Yield each batch's chunk, in the order of the batches, with few of either in memory at a time.

        Raises:
            StreamingError: A worker ended before its time.
        """
        with ThreadPoolExecutor(self._count) as threads:
            under_way: deque[Future[Chunk]] = deque()
            try:
                for batch in batches:
                    under_way.append(threads.submit(self._ask, batch))
                    if len(under_way) > self._count:
                        yield under_way.popleft().result()
                while under_way:
                    yield under_way.popleft().result()
            except BaseException:
                for future in under_way:
                    future.cancel()
                self.__exit__(None, None, None)  # or the threads would wait for answers that take a while
                raise

    def _ask(self, batch: Batch) -> Chunk:
        process = self._idle.get()
        assert process.stdin is not None  # noqa: S101 - for mypy: both are pipes
        assert process.stdout is not None  # noqa: S101 - as above
        try:
            pickle.dump(batch, process.stdin, protocol=pickle.HIGHEST_PROTOCOL)
            process.stdin.flush()
            chunk: Chunk = pickle.load(process.stdout)  # noqa: S301 - from our own program, by a pipe
        except (EOFError, BrokenPipeError, pickle.UnpicklingError) as error:
            raise StreamingError(
                f"a process that reads texts ended with status {process.wait()}; a negative one is a signal, "
                "and -9 mostly means that the machine had no memory left"
            ) from error
        finally:
            self._idle.put(process)  # a dead one too: who waits for it is then told, and does not wait for ever
        return chunk
