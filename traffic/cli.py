"""The command line: a progress bar with the results so far, and a summary however the run ends."""

from __future__ import annotations

import secrets
import shlex
import signal
import sys
import threading
from typing import TYPE_CHECKING, NoReturn

import typer
from pydantic import ValidationError
from rich.console import Console

from sentiment.clock import utc_now
from sentiment.commands.columns import asked_for_columns
from sentiment.commands.progress import showing_steps
from sentiment.interruption import INTERRUPTED
from sentiment.reviews.reading import RefutedError, UnknownFormatError
from traffic.client import Api
from traffic.export import Export
from traffic.replay import Replay
from traffic.reviewer import Reviewer
from traffic.settings import Settings
from traffic.tally import Tally
from traffic.visits import Crowd, built_in, of_files, visits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from sentiment.reviews.reading import Columns
    from traffic.visits import SentReview, Visit

cli = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
_PLAIN_WIDTH = 200
_LINES_OF_PROGRESS = 10


@cli.command()
def main() -> None:
    """Send reviews to the API and give feedback on its predictions. Every setting is an environment variable."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _PLAIN_WIDTH
    try:
        settings = Settings()
        with asked_for_columns(console, lambda columns: _with_variables(settings, columns)):
            known, fresh = of_files(settings.files, settings.columns) if settings.files else built_in()
    except ValidationError as error:
        wrong = "; ".join(
            ": ".join(["_".join(map(str, e["loc"])).upper(), e["msg"]]).removeprefix(": ") for e in error.errors()
        )
        _fail(console, wrong, remedy="See docs/settings.md for the allowed values")
    except (OSError, UnknownFormatError, RefutedError) as error:
        _fail(console, f"FILES: {error}", remedy="See docs/data.md for the formats that can be read")
    if not known and not fresh:
        _fail(console, "FILES: none of the reviews has a label", remedy="Give files of reviews with stars or labels")
    stopped = threading.Event()
    _stop_on_interrupt(stopped, console)
    export = Export(settings.starred)
    tally = _send(settings, _plan(settings, known, fresh, console), export, stopped, console)
    if settings.reviewers_api_key and not stopped.is_set():
        _review(settings, [*known, *fresh], tally, stopped, console)
    _summarise(tally, console)
    if settings.export is not None:
        try:
            export.write(settings.export, utc_now())
        except (OSError, ValueError) as error:
            _fail(console, f"EXPORT: {error}", remedy="Set EXPORT to a file in a folder that can be written to")
    if stopped.is_set():
        sys.exit(INTERRUPTED)
    sys.exit(1 if tally.failures or tally.review_failed else 0)


def _with_variables(settings: Settings, columns: Columns) -> str:
    """Return the command that sends these files with these columns."""
    files = shlex.join(map(str, settings.files))
    words = {"files": files} | columns.given()
    return shlex.join(["make", "traffic", *(f"{name.upper()}={value}" for name, value in words.items())])


def _plan(settings: Settings, known: list[SentReview], fresh: list[SentReview], console: Console) -> Iterator[Visit]:
    seed = settings.seed if settings.seed is not None else secrets.randbelow(1_000_000)
    crowd = Crowd(
        settings.raters,
        malicious=settings.malicious,
        wrong=settings.wrong,
        raters_per_review=settings.raters_per_review,
    )
    console.print(
        f"Sending {settings.count} reviews, {settings.rate:g} per second, from {len(known)} known and {len(fresh)} "
        f"new ones, with feedback by {settings.raters} raters. SEED={seed} repeats this run."
    )
    return visits(known, fresh, new=settings.new, crowd=crowd, seed=seed)


def _send(
    settings: Settings, planned: Iterator[Visit], export: Export, stopped: threading.Event, console: Console
) -> Tally:
    tally = Tally()
    api = _api(settings, settings.api_key, tally, stopped)
    replay = Replay(api, tally, stopped=stopped, rate=settings.rate, concurrency=settings.concurrency)
    with showing_steps(console) as steps:
        show = steps.counting(settings.count)

        def changed() -> None:
            show(tally.ended, _so_far(tally))
            if not console.is_terminal and tally.ended % max(1, settings.count // _LINES_OF_PROGRESS) == 0:
                console.print(f"{tally.ended} of {settings.count}: {_so_far(tally)}")

        replay.run(planned, settings.count, changed, export.note)
    return tally


def _review(
    settings: Settings, reviews: list[SentReview], tally: Tally, stopped: threading.Event, console: Console
) -> None:
    console.print("A reviewer labels what waits for it.")
    api = _api(settings, settings.reviewers_api_key, tally, stopped)
    Reviewer(api, tally, stopped=stopped, share=settings.reviewed).label(reviews)


def _api(settings: Settings, key: str, tally: Tally, stopped: threading.Event) -> Api:
    return Api(
        settings.api_url,
        key,
        stopped=stopped,
        on_wait=lambda: tally.count(waited=1),
        connections=settings.concurrency,
    )


def _so_far(tally: Tally) -> str:
    accuracy = "no prediction yet" if tally.accuracy is None else f"{tally.accuracy:.1%} right"
    return f"{accuracy}, {tally.failures} failed"


def _summarise(tally: Tally, console: Console) -> None:
    low, high = tally.interval()
    console.print(f"\n{tally.begun} reviews: {tally.right} right, {tally.wrong} wrong, {tally.failures} failed")
    if tally.accuracy is not None:
        console.print(f"accuracy {tally.accuracy:.1%} (95 % interval {low:.1%} to {high:.1%})")
    console.print(
        f"{tally.feedback} verdicts: {tally.new} on new reviews, from which a retraining can learn; "
        f"{tally.false_feedback} false"
    )
    if tally.reviewed:
        console.print(f"{tally.reviewed} labels by a reviewer, on the audit draw and on what people voted on")
    if tally.review_failed:
        console.print(f"the reviewer stopped: {tally.review_failed}", markup=False)
    if tally.waited:
        console.print(f"{tally.waited} requests were repeated because the API asked to wait")
    for cause, times in tally.failed.most_common():
        console.print(f"  {times} failed: {cause}", markup=False)


def _stop_on_interrupt(stopped: threading.Event, console: Console) -> None:
    def stop(number: int, _frame: FrameType | None) -> None:
        console.print("\nStopping after the visits in progress; interrupt again to stop at once.")
        stopped.set()
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)


def _fail(console: Console, reason: str, *, remedy: str) -> NoReturn:
    console.print(f"✗ {reason}", style="bold", markup=False, soft_wrap=True)
    console.print(f"→ {remedy}", markup=False, soft_wrap=True)
    sys.exit(1)
