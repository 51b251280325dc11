"""Worker processes that turn batches into chunks, in order.

They are programs and not `multiprocessing` processes: a task of Airflow may run in a daemonic process, which
`multiprocessing` allows no children, and forking a process with threads can hang.
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
    """A pool of worker processes, as a context manager."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._processes: list[subprocess.Popen[bytes]] = []
        self._idle: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()

    def __enter__(self) -> Self:
        # The same seed, since chunks identify n-grams by their hash; the same import path as the parent's.
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
            process.kill()  # there is nothing to lose, and it may be busy with a batch nobody wants
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with suppress(BrokenPipeError):  # of a batch that was not sent completely
                        pipe.close()

    def read(self, batches: Iterable[Batch]) -> Iterator[Chunk]:
        """Yield each batch's chunk, in order, with only a few of either in memory at a time.

        Raises:
            StreamingError: A worker died.
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
                self.__exit__(None, None, None)  # else the threads wait for answers
                raise

    def _ask(self, batch: Batch) -> Chunk:
        process = self._idle.get()
        assert process.stdin is not None  # noqa: S101 - for mypy: both are pipes
        assert process.stdout is not None  # noqa: S101 - as above
        try:
            pickle.dump(batch, process.stdin, protocol=pickle.HIGHEST_PROTOCOL)
            process.stdin.flush()
            chunk: Chunk = pickle.load(process.stdout)  # noqa: S301 - from our own program, through a pipe
        except (EOFError, BrokenPipeError, pickle.UnpicklingError) as error:
            raise StreamingError(
                f"a worker process ended with status {process.wait()}; a negative status is a signal, and -9 usually "
                "means that the machine ran out of memory"
            ) from error
        finally:
            self._idle.put(
                process
            )  # a dead one too: whoever waits for it then gets an error instead of waiting forever
        return chunk
