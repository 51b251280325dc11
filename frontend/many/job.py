"""Predicts a file in a thread, while the page shows how far it is."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol

import tenacity

from frontend.certainty import OUTCOMES, outcome
from frontend.clients.problems import ProblemError
from frontend.many.results import Results
from frontend.many.rows import Text, Unread
from sentiment.schemas.api import MAX_BATCH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from frontend.certainty import Outcome
    from frontend.many.rows import Row
    from frontend.many.upload import Upload
    from sentiment.reviews.reading import Columns
    from sentiment.schemas.api import PredictionAnswer

MAX_ROWS = 200_000
"""Of a file: what it takes of the API's requests of a day, and of the disk, has an end."""
MOST_BYTES = 1_000_000
"""Of texts in one request, as JSON; the API takes four times as much."""
UNREAD_KEPT = 200
"""Rows without a prediction that the page lists; the files to take away have all."""
BUSY = "Other files are being predicted at the moment. Yours can start when one of them is done: try again in a minute."
State = Literal["ready", "running", "done", "cancelled", "stopped"]


class Predicts(Protocol):
    """What a job needs of the API."""

    def predict_batch(self, texts: Sequence[str]) -> list[PredictionAnswer]:
        """Return the predictions of up to 100 texts, in their order."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a request is tried again while the API is down, slow or busy; in seconds.

    Attributes:
        first_wait: Before it is tried for the second time; then each wait is twice as long as the one before.
        longest_wait: At most.
        tried: In all.
        alone: How long a job goes on while nobody has its page open.
    """

    first_wait: float = 0.5
    longest_wait: float = 10.0
    tried: float = 60.0
    alone: float = 120.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is, at one moment.

    Attributes:
        state: `ready` is before the start, `stopped` by a problem.
        rows: How many rows the file has; None until they are counted.
        done: How many of them have a result.
        outcomes: How many texts have each outcome.
        unread: How many rows have no text to predict.
        first_unread: The first ones of them.
        problem: Why it stopped; empty otherwise.
        waiting: Why the last request is tried again; empty if it is not.
        seconds_left: An estimate; None before the first answer.
    """

    state: State = "ready"
    rows: int | None = None
    done: int = 0
    outcomes: Mapping[Outcome, int] = field(default_factory=lambda: dict.fromkeys(OUTCOMES, 0))
    unread: int = 0
    first_unread: tuple[Unread, ...] = ()
    problem: str = ""
    waiting: str = ""
    seconds_left: float | None = None


class Job:
    """The predictions of one file. After it was cancelled or stopped, it goes on behind the last result.

    Its methods may be called by several threads.
    """

    def __init__(
        self,
        api: Predicts,
        upload: Upload,
        running: threading.Semaphore,
        present: Callable[[], bool] = lambda: True,
        patience: Patience | None = None,
    ) -> None:
        """Prepare a job.

        Args:
            api: The API.
            upload: The file, which is the job's from now on.
            running: How many jobs may run at once.
            present: Returns whether somebody still has the page open.
            patience: With the API.
        """
        self._api = api
        self._places = running
        self._present = present
        self._patience = patience or Patience()
        self._columns: Columns | None = None
        self._lock = threading.RLock()  # the garbage collector may close a job in a thread that holds it
        self._cancelled = threading.Event()
        self._is_closed = False
        self._thread: threading.Thread | None = None
        self._answered: tuple[int, list[PredictionAnswer]] | None = None
        """Answers that could not be stored, and the number of their last row."""
        self.upload = upload
        self.results = Results(upload.results)
        self.progress = Progress()

    def start(self, columns: Columns | None) -> None:
        """Start it with the columns that somebody chose; nothing happens if it has started.

        Raises:
            ProblemError: Too many others are running.
        """
        with self._lock:
            if self.progress.state == "ready":
                self._columns = columns
                self._launch()

    def go_on(self) -> None:
        """Go on after it was cancelled or stopped; nothing happens if it is running or done.

        Raises:
            ProblemError: Too many others are running.
        """
        with self._lock:
            if self.progress.state in {"cancelled", "stopped"}:
                self._launch()

    def cancel(self) -> None:
        """End after the request that is under way; what has an answer is kept."""
        self._cancelled.set()
        self.upload.reader.stop()

    def close(self) -> None:
        """Cancel it, and remove its files once it has ended."""
        with self._lock:
            self.cancel()
            is_first, self._is_closed = not self._is_closed, True
            if is_first and self.progress.state != "running":
                self.upload.remove()

    def wait(self, timeout_s: float) -> None:
        """Wait until the job is not running any more."""
        if self._thread:
            self._thread.join(timeout_s)

    @property
    def is_cancelling(self) -> bool:
        """Whether it is about to end because somebody cancelled it."""
        return self._cancelled.is_set()

    def _launch(self) -> None:
        if self._is_closed:
            return
        if not self._places.acquire(blocking=False):
            raise ProblemError(BUSY, may_repeat=True)
        self._cancelled.clear()
        self.progress = replace(self.progress, state="running", problem="", waiting="", seconds_left=None)
        self._thread = threading.Thread(target=self._run, name="predict a file", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        state: State = "stopped"
        problem = "This application made a mistake."
        try:
            self._predict_all()
            state, problem = "done" if self.progress.done == self.progress.rows else "cancelled", ""
        except OSError:
            problem = "The server cannot store the predictions: its disk may be full."
        except ProblemError as error:
            is_own = not self._cancelled.is_set()
            state, problem = ("stopped", str(error)) if is_own else ("cancelled", "")
        finally:
            with self._lock:
                self._places.release()
                self.progress = replace(self.progress, state=state, problem=problem, waiting="", seconds_left=None)
                if self._is_closed:
                    self.upload.remove()

    def _predict_all(self) -> None:
        if self.progress.rows is None and not self._count():
            return
        rows = self.progress.rows or 0
        done_before, started = self.progress.done, time.monotonic()
        seen_at = started
        for batch in _batches(self.upload.reader.rows(self._columns, self._cancelled), after=done_before):
            seen_at = time.monotonic() if self._present() else seen_at
            if time.monotonic() - seen_at > self._patience.alone:
                self.close()
            if self._cancelled.is_set():
                return
            self._predict(batch)
            done = self.progress.done
            seconds_left = (time.monotonic() - started) * (rows - done) / (done - done_before)
            self.progress = replace(self.progress, waiting="", seconds_left=seconds_left)

    def _count(self) -> bool:
        """Count the rows, which shows what cannot be read before anything is predicted; return whether it did."""
        number = 0
        for row in self.upload.reader.rows(self._columns, self._cancelled):
            number = row.number
            if self._cancelled.is_set():
                return False
            if number > MAX_ROWS:
                raise ProblemError(f"The file has more than {MAX_ROWS:,} rows. Split it.", may_repeat=False)
        self.progress = replace(self.progress, rows=number)
        return True

    def _predict(self, batch: Sequence[Row]) -> None:
        texts = [row.text for row in batch if isinstance(row, Text)]
        last = batch[-1].number
        if self._answered is None or self._answered[0] != last:
            answers = self._answers(texts) if texts else []
            if len(answers) != len(texts):
                raise ProblemError("The API did not answer each text.", may_repeat=False)
            self._answered = last, answers
        answers = self._answered[1]
        self.results.append(_results(batch, answers))
        progress = self.progress
        unread = [row for row in batch if isinstance(row, Unread)]
        outcomes = dict(progress.outcomes)
        for answer in answers:
            outcomes[outcome(answer.label, answer.probability)] += 1
        self.progress = replace(
            progress,
            done=last,
            outcomes=outcomes,
            unread=progress.unread + len(unread),
            first_unread=(*progress.first_unread, *unread)[:UNREAD_KEPT],
        )

    def _answers(self, texts: Sequence[str]) -> list[PredictionAnswer]:
        """Ask until there is an answer, as long as asking again may help."""
        patience = self._patience
        asking = tenacity.Retrying(
            retry=tenacity.retry_if_exception(lambda error: isinstance(error, ProblemError) and error.may_repeat),
            wait=tenacity.wait_exponential(multiplier=patience.first_wait, max=patience.longest_wait),
            stop=tenacity.stop_after_delay(patience.tried) | tenacity.stop_when_event_set(self._cancelled),
            sleep=tenacity.sleep_using_event(self._cancelled),
            before_sleep=self._say_why,
            reraise=True,
        )
        return asking(self._api.predict_batch, texts)

    def _say_why(self, attempt: tenacity.RetryCallState) -> None:
        error = attempt.outcome.exception() if attempt.outcome else None
        self.progress = replace(self.progress, waiting=str(error or ""), seconds_left=None)


def _batches(rows: Iterable[Row], *, after: int) -> Iterator[list[Row]]:
    """Yield the rows behind the first ones in lists that one request holds."""
    batch: list[Row] = []
    bytes_of_batch = 0
    for row in rows:
        if row.number <= after:
            continue
        size = len(json.dumps(row.text, ensure_ascii=False).encode()) if isinstance(row, Text) else 0
        if batch and (len(batch) == MAX_BATCH or bytes_of_batch + size > MOST_BYTES):
            yield batch
            batch, bytes_of_batch = [], 0
        batch.append(row)
        bytes_of_batch += size
    if batch:
        yield batch


def _results(batch: Iterable[Row], answers: Iterable[PredictionAnswer]) -> Iterator[dict[str, Any]]:
    given = iter(answers)
    for row in batch:
        if isinstance(row, Unread):
            line = {"line": row.line} if row.line else {}
            yield {"row": row.number, "problem": row.reason, **line}
            continue
        answer = next(given)
        yield {
            "row": row.number,
            "text": row.text,
            "label": answer.label,
            "probability": answer.probability,
            "model_version": answer.model_version,
            "prediction_id": answer.prediction_id,
        }
