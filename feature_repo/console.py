"""The output of commands: what happened to the rows, and errors in one line."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from feature_repo.errors import FeatureError
from sentiment.commands.errors import one_line_errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from feature_repo.lake.counts import IngestCounts

out = Console(highlight=False)
err = Console(stderr=True, highlight=False, soft_wrap=True)


@contextmanager
def command() -> Iterator[None]:
    """Run a command; its errors end it with one line and exit code 1."""
    with one_line_errors(FeatureError, err):
        yield


def counts_table(ingested: Mapping[str, IngestCounts]) -> Table:
    """Return a table of what happened to the rows of each ingest."""
    table = Table("what happened to the rows")
    for name in ingested:
        table.add_column(name, justify="right")
    rows = {
        "kept": [one.kept for one in ingested.values()],
        "dropped as duplicates": [one.duplicate for one in ingested.values()],
        "quarantined": [one.quarantined for one in ingested.values()],
    }
    for reason in sorted({reason for one in ingested.values() for reason, _ in one.set_aside}):
        rows[reason] = [dict(one.set_aside).get(reason, 0) for one in ingested.values()]
    for name, numbers in rows.items():
        table.add_row(escape(name), *(f"{number:,}" for number in numbers))
    table.add_section()
    table.add_row("read", *(f"{one.read:,}" for one in ingested.values()))
    table.add_row("the lake", *("changed" if one.changed else "unchanged" for one in ingested.values()))
    return table
