"""A small closed-loop load generator: N clients, each with one kept-alive connection."""

from __future__ import annotations

import http.client
import statistics
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class Load:
    """What the clients measured.

    Attributes:
        seconds: The latency of each answered request.
        statuses: Answers by HTTP status.
        elapsed_s: Wall-clock time of the whole run.
    """

    seconds: list[float] = field(repr=False)
    statuses: Counter[int]
    elapsed_s: float

    @property
    def requests_per_second(self) -> float:
        """Answered requests in a second of wall-clock time."""
        return len(self.seconds) / self.elapsed_s

    def percentile_ms(self, percent: int) -> float:
        """Return a latency percentile (1 to 99) in milliseconds."""
        return statistics.quantiles(self.seconds, n=100)[percent - 1] * 1000


def post_from_clients(
    url: str, bodies: Sequence[bytes], *, clients: int, headers: Mapping[str, str], timeout_s: float = 30
) -> Load:
    """Post every body once; each client sends the next one as soon as its last is answered."""
    parts = urlsplit(url)
    sent_headers = {"content-type": "application/json", **headers}
    seconds: list[float] = []
    statuses: Counter[int] = Counter()
    failures: list[Exception] = []
    lock = threading.Lock()
    waiting = iter(bodies)

    def client() -> None:
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout_s)
        try:
            while True:
                with lock:
                    body = next(waiting, None)
                if body is None:
                    return
                started = time.perf_counter()
                connection.request("POST", parts.path, body, sent_headers)
                answer = connection.getresponse()
                answer.read()
                elapsed = time.perf_counter() - started
                with lock:
                    seconds.append(elapsed)
                    statuses[answer.status] += 1
        except (OSError, http.client.HTTPException) as error:
            with lock:
                failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=client) for _ in range(clients)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed_s = time.perf_counter() - started
    if failures:
        raise failures[0]
    return Load(seconds, statuses, elapsed_s)
