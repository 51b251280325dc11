"""Worker processes that turn batches into chunks, in order: the pool, and the program that each one runs.

They are programs and not `multiprocessing` processes: a task of Airflow may run in a daemonic process, which
`multiprocessing` allows no children, and forking a process with threads can hang.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import subprocess
import sys
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Self

from sentiment.model.errors import StreamingError
from sentiment.model.lexicon import load_lexicon
from sentiment.model.streaming.featurising import Batch, Chunk, Named, featurise

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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
                [sys.executable, "-m", "sentiment.model.streaming.workers"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=environment,
            )
            self._processes.append(process)
            self._idle.put(process)
        return self

    def __exit__(self, *_: object) -> None:
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
                self.__exit__()  # else the threads wait for answers
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
            self._idle.put(process)  # a dead one too: who waits for it gets an error instead of waiting forever
        return chunk


def main() -> int:
    """Turn each batch on standard input into a chunk on standard output; return the exit status.

    It ends with its input, so that no worker outlives its parent.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent ends its workers
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever prints must not end up between two answers
    lexicon = load_lexicon()
    named = Named()
    gc.disable()  # there are no cycles, and looking for them takes a tenth of the time
    while True:
        try:
            batch: Batch = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the parent, through a private pipe
        except EOFError:
            return 0
        pickle.dump(featurise(batch, lexicon, named), answers, protocol=pickle.HIGHEST_PROTOCOL)
        answers.flush()


if __name__ == "__main__":
    sys.exit(main())
