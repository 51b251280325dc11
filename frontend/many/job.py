"""Predicts a file in a thread, while the page shows how far it is."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal

import tenacity

from frontend.clients.problems import ProblemError
from frontend.many.results import Results
from frontend.many.rows import Text, Unread, rows_of
from sentiment.reviews.reading import RefutedError, UncertainColumnsError, UnknownFormatError, size_of
from sentiment.schemas.api import MAX_BATCH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from frontend.clients.api import Api
    from sentiment.reviews.reading import Columns

MOST_BYTES = 1_000_000
"""Of texts in one request; the API takes four times as much."""
TRIED_S = 60.0
"""How long one request is tried again while the API is slow or busy."""
State = Literal["running", "done", "cancelled", "stopped"]


@dataclass(slots=True)
class Progress:
    """How far a job is.

    Attributes:
        state: `stopped` is by a problem.
        share: Share of the file that is read, 0 to 1.
        predicted: How many texts have an answer.
        unread: How many rows have no text to predict, by reason.
        outcomes: How many texts have each label.
        problem: Why it stopped; empty otherwise.
        seconds_left: An estimate; None before the first answer.
    """

    state: State = "running"
    share: float = 0.0
    predicted: int = 0
    unread: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    problem: str = ""
    seconds_left: float | None = None


class Job:
    """The predictions of one file. Begun again after it stopped, it goes on behind the last result."""

    def __init__(self, api: Api, file: Path, columns: Columns | None) -> None:
        self._api = api
        self._file = file
        self._columns = columns
        self._cancelled = threading.Event()
        self._thread: threading.Thread | None = None
        self._rows_done = 0
        self.progress = Progress()
        self.results = Results(file.with_name(f"{file.name}.results.jsonl"))

    def start(self) -> None:
        """Begin, or go on after a problem."""
        self._cancelled.clear()
        self.progress.state, self.progress.problem = "running", ""
        self._thread = threading.Thread(target=self._run, name="predict a file", daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """End after the request that is under way; what has an answer is kept."""
        self._cancelled.set()

    def wait(self, timeout_s: float) -> None:
        """Wait until the job is not running any more."""
        if self._thread:
            self._thread.join(timeout_s)

    def _run(self) -> None:
        progress = self.progress
        try:
            self._predict_all()
            progress.state = "cancelled" if self._cancelled.is_set() else "done"
        except (ProblemError, RefutedError, UnknownFormatError, UncertainColumnsError, OSError) as error:
            progress.state, progress.problem = "stopped", str(error)

    def _predict_all(self) -> None:
        size, started, begun_at, read = max(1, size_of(self._file)), time.monotonic(), self.progress.share, 0

        def on_bytes(number: int) -> None:
            nonlocal read
            read += number
            self.progress.share = max(self.progress.share, min(1.0, read / size))

        for batch in _batches(rows_of(self._file, self._columns, on_bytes), after=self._rows_done):
            if self._cancelled.is_set():
                return
            self._predict(batch)
            done = self.progress.share - begun_at
            if done > 0:
                self.progress.seconds_left = (time.monotonic() - started) * (1 - self.progress.share) / done
        self.progress.share = 1.0

    def _predict(self, batch: list[Text | Unread]) -> None:
        texts = [row for row in batch if isinstance(row, Text)]
        answers = iter(self._answers([row.text for row in texts]) if texts else ())
        results: list[dict[str, Any]] = []
        for row in batch:
            if isinstance(row, Unread):
                self.progress.unread[row.reason] += 1
                results.append({"row": row.number, "problem": row.reason})
                continue
            answer = next(answers)
            self.progress.outcomes[answer.label] += 1
            results.append(
                {
                    "row": row.number,
                    "text": row.text,
                    "label": answer.label,
                    "probability": answer.probability,
                    "model_version": answer.model_version,
                    "prediction_id": answer.prediction_id,
                    "rated": row.rated,
                }
            )
        self.results.append(iter(results))
        self.progress.predicted += len(texts)
        self._rows_done = batch[-1].number

    def _answers(self, texts: list[str]) -> list[Any]:
        """Ask until there is an answer, as long as asking again may help."""
        asking: Callable[..., list[Any]] = tenacity.Retrying(
            retry=tenacity.retry_if_exception(lambda error: isinstance(error, ProblemError) and error.may_repeat),
            wait=tenacity.wait_exponential(multiplier=0.5, max=10),
            stop=tenacity.stop_after_delay(TRIED_S) | tenacity.stop_when_event_set(self._cancelled),
            sleep=tenacity.sleep_using_event(self._cancelled),
            reraise=True,
        )
        return asking(self._api.predict_batch, texts)


def _batches(rows: Iterator[Text | Unread], *, after: int) -> Iterator[list[Text | Unread]]:
    """Yield the rows behind the first ones in lists that one request holds."""
    batch: list[Text | Unread] = []
    bytes_of_batch = 0
    for row in chain(rows):
        if row.number <= after:
            continue
        size = len(row.text.encode()) if isinstance(row, Text) else 0
        if batch and (len(batch) == MAX_BATCH or bytes_of_batch + size > MOST_BYTES):
            yield batch
            batch, bytes_of_batch = [], 0
        batch.append(row)
        bytes_of_batch += size
    if batch:
        yield batch
