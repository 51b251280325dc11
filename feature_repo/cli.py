"""The command line of the feature store, `python -m feature_repo`.

Commands import heavy modules inside their functions, so that `--help` answers at once.
"""

# ruff: noqa: PLC0415 - see above

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from feature_repo.errors import FeatureError
from feature_repo.lake.keys import QUARANTINE
from feature_repo.lake.manifest import IngestCounts
from feature_repo.settings import load_settings
from sentiment.clock import utc_now
from sentiment.commands.columns import asked_for_columns, column_options, show_detected
from sentiment.commands.errors import one_line_errors
from sentiment.reviews.reading import Columns

out = Console(highlight=False)
err = Console(stderr=True, highlight=False, soft_wrap=True)

PUBLIC_KEY_NOTE = "Which new reviews are held out is decided by the public key: RATER_KEY_SECRET is not set."

app = typer.Typer(
    name="python -m feature_repo",
    help="Bring reviews into the lake, and features into training and serving.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@contextmanager
def command() -> Iterator[None]:
    """Run a command; its errors end it with one line and exit code 1."""
    with one_line_errors(FeatureError, err):
        yield


@app.command()
@column_options
def ingest(
    *,
    files: Annotated[
        list[Path] | None, typer.Argument(help="Files of reviews: published sets or tables, plain or compressed.")
    ] = None,
    sample: Annotated[
        bool, typer.Option("--sample", help="Ingest the built-in sample, as if of the last 90 days.")
    ] = False,
    archive: Annotated[bool, typer.Option("--archive", help="Ingest the archived feedback.")] = False,
    replay: Annotated[
        bool, typer.Option("--replay", help="Spread the times of the files' reviews over the 90 days before today.")
    ] = False,
    columns: Columns,
) -> None:
    """Bring reviews into the lake, and print what happened to the rows. Repeating it changes nothing."""
    if not (files or sample or archive):
        raise typer.BadParameter("nothing to ingest: name FILES, --sample or --archive")
    left_out: Counter[str] = Counter()
    with command(), asked_for_columns(err):
        settings = load_settings()
        if settings.rater_key_secret is None:
            err.print(PUBLIC_KEY_NOTE, style="dim")
        from feature_repo.ingest import ingest_archive, ingest_files, ingest_sample, update_product_stats
        from sentiment.commands.progress import reading_progress

        now = utc_now()
        ingested: dict[str, IngestCounts] = {}
        if sample:
            with err.status("Ingesting the built-in sample"):
                ingested["sample"] = ingest_sample(settings, now)
        if files:
            with reading_progress(files, err) as on_bytes:
                until = now if replay else None
                ingested["files"] = ingest_files(
                    settings,
                    files,
                    columns=columns,
                    replayed_until=until,
                    on_bytes=on_bytes,
                    on_detected=show_detected(err),
                    left_out=left_out,
                )
        if archive:
            with err.status("Reading the archive"):
                ingested["archive"] = ingest_archive(settings, now)
        with err.status("Updating product statistics"):
            update_product_stats(settings)
    out.print(_counts_table(ingested))
    for reason, count in left_out.most_common():
        err.print(f"Left out, {count:,} times: {reason}.", markup=False)
    if any(counts.quarantined for counts in ingested.values()):
        err.print(f"Quarantined rows and their reasons: s3://{settings.lake_bucket}/{QUARANTINE}/", style="yellow")


@app.command()
def apply() -> None:
    """Register entities, views and services in Feast's registry in the lake."""
    with command():
        settings = load_settings()
        from feature_repo.store import open_store

        with err.status("Applying the definitions"):
            store = open_store(settings)
    for service in store.list_feature_services():
        out.print(f"{service.name}: {', '.join(view.name for view in service.feature_view_projections)}")


@app.command()
def frame(
    *, until: Annotated[datetime | None, typer.Option(help="End of the window, in UTC; now by default.")] = None
) -> None:
    """Freeze a training frame of the window's labelled reviews, and print its manifest."""
    with command():
        settings = load_settings()
        from feature_repo.frame.frame import training_frame

        with err.status("Joining the training frame"):
            frozen = training_frame(settings, _in_utc(until))
    out.print_json(frozen.to_json().decode())


@app.command()
def materialise(
    *,
    until: Annotated[datetime | None, typer.Option(help="Statistics as of this time, in UTC; now by default.")] = None,
) -> None:
    """Copy the newest statistics of each product to the online store, for serving."""
    with command():
        settings = load_settings()
        from feature_repo.materialise import materialise as copy_online

        with err.status("Comparing with the online store"):
            done = copy_online(settings, _in_utc(until))
    out.print(f"{done.products:,} products: {done.written:,} written, {done.products - done.written:,} unchanged")


def _in_utc(time: datetime | None) -> datetime:
    return utc_now() if time is None else time.replace(tzinfo=UTC)


def _counts_table(ingested: Mapping[str, IngestCounts]) -> Table:
    """Return a table of what happened to the rows of each ingest."""
    table = Table("what happened to the rows")
    for name in ingested:
        table.add_column(name, justify="right")
    rows = {
        "kept": [one.kept for one in ingested.values()],
        "dropped as duplicates": [one.duplicate for one in ingested.values()],
        "quarantined": [one.quarantined for one in ingested.values()],
    }
    for reason in sorted({reason for one in ingested.values() for reason in one.set_aside}):
        rows[reason] = [one.set_aside.get(reason, 0) for one in ingested.values()]
    for name, numbers in rows.items():
        table.add_row(escape(name), *(f"{number:,}" for number in numbers))
    table.add_section()
    table.add_row("read", *(f"{one.read:,}" for one in ingested.values()))
    table.add_row("the lake", *("changed" if one.changed else "unchanged" for one in ingested.values()))
    return table
