"""The command line of the feature store, `python -m feature_repo`.

A command imports what is heavy inside its function, so that `--help` answers at once.
"""

# ruff: noqa: PLC0415 - as said above

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from feature_repo.console import command, counts_table, err, out
from feature_repo.lake.keys import QUARANTINE
from feature_repo.settings import load_settings
from sentiment.clock import utc_now

app = typer.Typer(
    name="python -m feature_repo",
    help="Fill the lake's feature store, and look into it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def _main() -> None:
    """Let `ingest` be named even while it is the only command."""


@app.command()
def ingest(
    *,
    files: Annotated[
        list[Path] | None, typer.Argument(help="Files of reviews, of any known format, plain or compressed.")
    ] = None,
    sample: Annotated[bool, typer.Option("--sample", help="The built-in sample, replayed until today.")] = False,
    archive: Annotated[bool, typer.Option("--archive", help="What people said of predictions.")] = False,
    replay: Annotated[
        bool, typer.Option("--replay", help="Spread the times of the files' reviews over the 90 days before today.")
    ] = False,
) -> None:
    """Bring reviews into the lake, and say what became of every row; again, it changes nothing more."""
    if not (files or sample or archive):
        raise typer.BadParameter("say what: FILES of reviews, --sample or --archive")
    with command():
        settings = load_settings()
        from feature_repo.ingest import (
            IngestCounts,
            ingest_archive,
            ingest_files,
            ingest_sample,
            update_product_stats,
        )
        from sentiment.commands.progress import reading_progress

        now = utc_now()
        ingested: dict[str, IngestCounts] = {}
        if sample:
            with err.status("Ingesting the built-in sample"):
                ingested["sample"] = ingest_sample(settings, now)
        if files:
            with reading_progress(files, err) as on_bytes:
                until = now if replay else None
                ingested["files"] = ingest_files(settings, files, replayed_until=until, on_bytes=on_bytes)
        if archive:
            with err.status("Reading the archive"):
                ingested["archive"] = ingest_archive(settings, now)
        with err.status("Counting each product's reviews"):
            update_product_stats(settings)
    out.print(counts_table(ingested))
    if any(counts.quarantined for counts in ingested.values()):
        err.print(f"What is wrong with quarantined rows: s3://{settings.lake_bucket}/{QUARANTINE}/", style="yellow")


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
    *, until: Annotated[datetime | None, typer.Option(help="End of the window, in UTC; now, if not given.")] = None
) -> None:
    """Freeze a training frame of the labelled reviews of the window, and say where it is."""
    with command():
        settings = load_settings()
        from feature_repo.frame.frame import training_frame

        with err.status("Joining the training frame"):
            frozen = training_frame(settings, _in_utc(until))
    out.print_json(frozen.to_json().decode())


@app.command()
def materialise(
    *, until: Annotated[datetime | None, typer.Option(help="As of when, in UTC; now, if not given.")] = None
) -> None:
    """Bring the newest numbers of each product into the online store, for serving."""
    with command():
        settings = load_settings()
        from feature_repo.materialise import materialise as bring_online

        with err.status("Comparing with the online store"):
            done = bring_online(settings, _in_utc(until))
    out.print(f"{done.products:,} products, {done.written:,} of them written: the others were there already")


def _in_utc(time: datetime | None) -> datetime:
    return utc_now() if time is None else time.replace(tzinfo=UTC)
