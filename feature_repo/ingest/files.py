"""Public files of reviews into the lake: the id of a source is the checksum of its file."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from feature_repo.errors import IngestError
from feature_repo.ingest.counts import IngestCounts
from feature_repo.ingest.lease import lease
from feature_repo.ingest.publishing import finished, publish
from feature_repo.ingest.spool import Prepared, Said, Spool
from feature_repo.lake import Lake
from sentiment.reading import Rejected, format_of, read_reviews
from sentiment.reading.fields import in_known_years
from sentiment.reading.rejected import RowError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from feature_repo.settings import Settings
    from sentiment.review import Review

THREE_STARS = "three stars: counts for its product only"
NO_TIME = "the review has no time"
NOT_ENCODABLE = "the text has half a surrogate pair"


def ingest_files(
    settings: Settings, paths: Sequence[Path], *, on_bytes: Callable[[int], None] | None = None
) -> IngestCounts:
    """Bring files of reviews into the lake, each text once; what is there already is not read again.

    The files are taken in the order of their checksums, so that their order here decides nothing.

    Args:
        settings: Of the lake.
        paths: Files, of any format that `sentiment.reading` knows.
        on_bytes: Told, now and then, how many more bytes of the files have been read.

    Raises:
        IngestError: A file cannot be read or is of no known format; found before anything is written.
        IngestConflictError: Another ingest has been under way for long.
        LakeError: S3 does not answer or refuses. Run it again: what is done stays done.
    """
    lake = Lake(settings)
    sources = _sources(paths)
    total = IngestCounts()
    for source, path in sorted(sources.items()):
        done = finished(lake, source)
        if done is not None:
            total += done.counts
            if on_bytes:
                on_bytes(path.stat().st_size)
            continue
        with TemporaryDirectory() as name:
            folder = Path(name)
            prepared = _prepare(source, path, folder, on_bytes)
            with lease(lake) as held:
                total += publish(lake, held, prepared, folder)
    return total


def _sources(paths: Sequence[Path]) -> dict[str, Path]:
    """Return each file by its checksum; of files with the same content, the first by name."""
    found: dict[str, Path] = {}
    for path in sorted(paths, reverse=True):
        try:
            format_of(path)
            with path.open("rb") as file:
                found[hashlib.file_digest(file, "sha256").hexdigest()] = path
        except (OSError, ValueError) as error:
            raise IngestError(f"{path} cannot be ingested: {_one_line(str(error))}") from error
    return found


def _prepare(source: str, path: Path, folder: Path, on_bytes: Callable[[int], None] | None) -> Prepared:
    try:
        return prepare(source, read_reviews(path, on_bytes), folder)
    except (OSError, ValueError) as error:
        raise IngestError(f"{path} cannot be ingested: {_one_line(str(error))}") from error


def prepare(
    source: str,
    items: Iterable[Review | Rejected],
    folder: Path,
    *,
    replayed_until: str | None = None,
    made_from: dict[str, str] | None = None,
) -> Prepared:
    """Spool reviews with stars or a published label, and list the rows that cannot be used."""
    rejected_path = folder / "rejected.jsonl"
    quarantined = 0
    aside: Counter[str] = Counter()
    with Spool(folder / "spool.parquet") as spool, rejected_path.open("wb") as rejected:
        for number, item in enumerate(items, start=1):
            if isinstance(item, Rejected):
                bad: dict[str, object] | None = _listed(item)
            elif item.time is None:
                aside[NO_TIME] += 1
                continue
            else:
                bad = _unusable(item, item.time, number)
                if bad is None:
                    aside[THREE_STARS] += item.label is None
                    spool.add(item, item.time, Said(item.label, "stars", 1.0, item.time))
                    continue
            quarantined += 1
            rejected.write(json.dumps(bad, separators=(",", ":")).encode("ascii") + b"\n")
    return Prepared(
        source=source,
        spool=spool.path,
        rejected=rejected_path,
        quarantined=quarantined,
        set_aside=dict(+aside),
        replayed_until=replayed_until,
        made_from=made_from or {},
    )


def _listed(item: Rejected) -> dict[str, object]:
    return {
        "part": item.part,
        "line": item.line,
        "reason": item.reason,
        "bytes": item.size_bytes,
        "sha256": item.sha256,
    }


def _unusable(review: Review, time: datetime, number: int) -> dict[str, object] | None:
    """Return why a review that could be read cannot be kept; None where it can."""
    try:
        for text in (review.title, review.text, review.product_id or "", review.source):
            text.encode()
        in_known_years(time)
    except UnicodeEncodeError:
        return {"row": number, "reason": NOT_ENCODABLE}
    except RowError as error:
        return {"row": number, "reason": str(error)}
    return None


def _one_line(message: str) -> str:
    """Return a message that lists the known formats, a line each, as one line."""
    first, *rest = [line.strip().removeprefix("- ") for line in message.splitlines()] or [message]
    return " ".join([first, "; ".join(rest)]).strip()
