"""The command line: a progress bar with what is known so far, and a summary whatever happens."""

from __future__ import annotations

import secrets
import signal
import sys
import threading
from typing import TYPE_CHECKING, NoReturn

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from sentiment.clock import utc_now
from sentiment.interruption import INTERRUPTED
from sentiment.reviews.reading import UnknownFormatError
from traffic.client import Api
from traffic.export import Export
from traffic.replay import Replay
from traffic.reviews import built_in, of_files
from traffic.settings import Settings
from traffic.tally import Tally
from traffic.visits import Crowd, visits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from traffic.visits import Sent, Visit

cli = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
_PLAIN_WIDTH = 200
_LINES_OF_PROGRESS = 10


@cli.command()
def main() -> None:
    """Send reviews to the API and judge its predictions. Every setting is an environment variable."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _PLAIN_WIDTH
    try:
        settings = Settings()
        known, fresh = of_files(settings.files) if settings.files else built_in()
    except ValidationError as error:
        wrong = "; ".join(f"{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors())
        _refuse(console, f"{wrong} (docs/settings.md has what each may be)")
    except (OSError, UnknownFormatError) as error:
        _refuse(console, f"FILES: {error}")
    if not known and not fresh:
        _refuse(console, "FILES: no review with a label is in them")
    stopped = threading.Event()
    _stop_on_interrupt(stopped, console)
    export = Export(settings.starred)
    tally = _send(settings, _plan(settings, known, fresh, console), export, stopped, console)
    _summarise(tally, console)
    if settings.export is not None:
        try:
            export.write(settings.export, utc_now())
        except (OSError, ValueError) as error:
            _refuse(console, f"EXPORT: {error}")
    if stopped.is_set():
        sys.exit(INTERRUPTED)
    sys.exit(1 if tally.failures else 0)


def _plan(settings: Settings, known: list[Sent], fresh: list[Sent], console: Console) -> Iterator[Visit]:
    seed = settings.seed if settings.seed is not None else secrets.randbelow(1_000_000)
    crowd = Crowd(settings.raters, malicious=settings.malicious, wrong=settings.wrong, judges=settings.judges)
    console.print(
        f"{settings.count} reviews, {settings.rate:g} a second, of {len(known)} held out and {len(fresh)} new; "
        f"{settings.raters} raters; SEED={seed} sends the same again"
    )
    return visits(known, fresh, new=settings.new, crowd=crowd, seed=seed)


def _send(
    settings: Settings, planned: Iterator[Visit], export: Export, stopped: threading.Event, console: Console
) -> Tally:
    tally = Tally()
    api = Api(
        settings.api_url,
        settings.api_key,
        stopped=stopped,
        on_wait=lambda: tally.count(waited=1),
        connections=settings.concurrency,
    )
    replay = Replay(api, tally, stopped=stopped, rate=settings.rate, concurrency=settings.concurrency)
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        bar = progress.add_task("", total=settings.count)

        def changed() -> None:
            progress.update(bar, completed=tally.ended, description=_so_far(tally))
            if not console.is_terminal and tally.ended % max(1, settings.count // _LINES_OF_PROGRESS) == 0:
                console.print(f"{tally.ended} of {settings.count}: {_so_far(tally)}")

        replay.run(planned, settings.count, changed, export.note)
    return tally


def _so_far(tally: Tally) -> str:
    accuracy = "no prediction yet" if tally.accuracy is None else f"{tally.accuracy:.1%} right"
    return f"{accuracy}, {tally.failures} failed"


def _summarise(tally: Tally, console: Console) -> None:
    low, high = tally.interval()
    console.print(f"\n{tally.begun} sent: {tally.right} right, {tally.wrong} wrong, {tally.failures} failed")
    if tally.accuracy is not None:
        console.print(f"accuracy {tally.accuracy:.1%} (95 % interval {low:.1%} to {high:.1%})")
    console.print(
        f"{tally.judged} judged: {tally.new} of them on new reviews, which a retraining can learn from; "
        f"{tally.lies} judgements were false"
    )
    if tally.waited:
        console.print(f"{tally.waited} requests were sent again, since the API asked to wait")
    for cause, times in tally.failed.most_common():
        console.print(f"  {times} failed: {cause}", markup=False)


def _stop_on_interrupt(stopped: threading.Event, console: Console) -> None:
    def stop(number: int, _frame: FrameType | None) -> None:
        console.print("\nStopping: what is under way ends first; once more ends at once.")
        stopped.set()
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)


def _refuse(console: Console, why: str) -> NoReturn:
    console.print(f"✗ {why}", style="bold", markup=False, soft_wrap=True)
    sys.exit(1)
