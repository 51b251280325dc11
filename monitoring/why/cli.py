"""`python -m monitoring why`: why predictions changed between two times."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import boto3
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lambdas.shared.aws import AwsError, error_code
from lambdas.shared.environment import EnvironmentVariableError, from_environment
from monitoring.why.archive import Range, UnknownVersionError
from monitoring.why.changes import Buckets, changes
from monitoring.why.split import NothingToCompareError
from sentiment.clock import utc_now
from sentiment.model.artifact import ArtifactError

if TYPE_CHECKING:
    from monitoring.why.split import Part, Split

SHOWN = 10
_AGO = re.compile(r"(\d+)([dhm])")
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


@dataclass(frozen=True, slots=True)
class Settings:
    """Environment variables of the command; the data stack's outputs have their values."""

    lake_bucket: str
    artifacts_bucket: str


def moment(given: str) -> datetime:
    """Return a time: how long ago (`2d`, `12h`, `30m`), or an ISO time, in UTC unless it says otherwise.

    Raises:
        typer.BadParameter: It is neither.
    """
    try:
        if ago := _AGO.fullmatch(given):
            return utc_now() - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        time = datetime.fromisoformat(given)
    except (ValueError, OverflowError):
        raise typer.BadParameter(f"{given!r} is neither like 2d, 12h, 30m nor like 2026-11-30T12:00") from None
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def why(
    start: Annotated[
        datetime, typer.Option("--from", parser=moment, help="Where the earlier time begins: 2d, 12h, ...")
    ],
    middle: Annotated[datetime, typer.Option("--to", parser=moment, help="Where it ends and the later time begins.")],
    end: Annotated[
        datetime | None, typer.Option("--until", parser=moment, help="Where the later one ends: now.")
    ] = None,
) -> None:
    """Split the change of the predictions between two times into words, products and model versions."""
    last = end or utc_now()
    if not start < middle < last:
        raise typer.BadParameter("--from must be before --to, and --to before --until")
    console = Console()
    try:
        settings = from_environment(Settings)
    except EnvironmentVariableError as error:
        raise typer.BadParameter(f"{error}: `. .local/env` sets it on this machine") from error
    buckets = Buckets(settings.lake_bucket, settings.artifacts_bucket)
    try:
        found = changes(buckets, boto3.client("s3"), Range(start, middle), Range(middle, last))
    except (NothingToCompareError, UnknownVersionError, ArtifactError) as error:
        console.print(f"Cannot compare: {error}.")
        raise typer.Exit(1) from error
    except AwsError as error:
        console.print(f"Cannot read the archive: {error_code(error)}: {error}")
        raise typer.Exit(1) from error
    console.print(f"{found.before:,} predictions before, {found.after:,} after.")
    console.print(_summary(found.split))
    console.print(_table(found.split.parts))


def _summary(found: Split) -> str:
    change = found.after - found.before
    return (
        f"Mean log-odds of positive: {found.before:+.3f} before, {found.after:+.3f} after: {change:+.3f}, "
        f"the sum of {len(found.parts):,} parts. The largest:"
    )


def _table(parts: list[Part]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("change", "part", "", "example"):
        table.add_column(title, no_wrap=title == "change", justify="right" if title == "change" else "left")
    for part in parts[:SHOWN]:
        name = part.name if part.product is None else f"{part.name} (product {part.product})"
        table.add_row(f"{part.change:+.4f}", part.kind, Text(name), Text(part.example))
    return table
