"""Ingest of files of reviews, whose source is the SHA-256 of the file, and of the built-in sample."""

from __future__ import annotations

import hashlib
import shlex
from collections import Counter
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from feature_repo.errors import IngestError
from feature_repo.ingest.commit import commit, finished
from feature_repo.ingest.leased import leased
from feature_repo.ingest.spool import Prepared, ReviewLabel, Spool
from feature_repo.lake.keys import SAMPLE
from feature_repo.lake.manifest import IngestCounts
from feature_repo.lake.objects import Lake
from feature_repo.lake.secret import hold_out_of
from sentiment.clock import midnight_of
from sentiment.reviews.quarantine import one_line, quarantine_line, rejected_record
from sentiment.reviews.reading import Rejected, detect, read_reviews, size_of
from sentiment.reviews.reading.fields import in_known_years
from sentiment.reviews.reading.rows import RowError
from sentiment.reviews.sample import FRESH_PERCENT, is_fresh, load_sample, replayed_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from feature_repo.settings import Settings
    from sentiment.reviews.held_out import HoldOut
    from sentiment.reviews.reading import Columns, Detected
    from sentiment.reviews.review import Review

THREE_STARS = "three stars: counts for its product only"
NO_LABEL = "neither positive nor negative"
NO_TIME = "no time: --replay gives each review one"
NOT_ENCODABLE = "the text has half a surrogate pair"


def ingest_files(
    settings: Settings,
    paths: Sequence[Path],
    *,
    columns: Columns | None = None,
    replayed_until: datetime | None = None,
    on_bytes: Callable[[int], None] | None = None,
    on_detected: Callable[[Path, Detected], None] | None = None,
    left_out: Counter[str] | None = None,
) -> IngestCounts:
    """Ingest files of reviews, each text once, and return what happened to their rows.

    A new text is held out by the loop's secret; one that the lake has or had stays on its side. A file that the lake
    has already, read with the same columns, is skipped. The order of `paths` makes no difference: files are read in the
    order of their checksums. All are read before any of them is written.

    Args:
        settings: The settings.
        paths: Files and folders that `sentiment.reviews.reading` reads.
        columns: The columns of tables that somebody named.
        replayed_until: If given, times are spread over the 90 days before its UTC day, for sets that are old or have
            no times; a file that was ingested for another day is replaced.
        on_bytes: Called with the number of bytes read since the last call.
        on_detected: Called with each file and what it is, before anything is read.
        left_out: Counts, by reason, what reviews were kept without.

    Raises:
        IngestError: A file cannot be read, its format is unknown, or it means something else than its first rows told.
            Nothing has been written.
        UncertainColumnsError: Columns of a file could hold this or that. Nothing has been written.
        AnotherKeyError: The lake's texts are held out by another key.
        IngestConflictError: Another ingest takes too long.
        LakeError: S3 does not answer, or refuses. The next run continues.
    """
    lake, hold_out = Lake(settings), hold_out_of(settings)
    day = None if replayed_until is None else midnight_of(replayed_until)
    replayed = None if day is None else day.date().isoformat()
    made_from = {"columns": shlex.join(columns.options())} if columns else {}
    total = IngestCounts()
    with TemporaryDirectory() as name:
        read: list[tuple[Prepared, Path]] = []
        for source, path in sorted(_sources(paths, columns, on_detected).items()):
            done = finished(lake, source)
            same = done is not None and (done.replayed_until, done.made_from) == (replayed, made_from)
            if done is not None and same:
                total += done.counts
                if on_bytes:
                    on_bytes(size_of(path))
                continue
            folder = Path(name, source)
            folder.mkdir()
            try:
                items = read_reviews(path, columns, on_bytes=on_bytes, left_out=left_out)
                prepared = _prepared(source, items, folder, hold_out, replayed_until=day, made_from=made_from)
            except (OSError, ValueError) as error:
                raise _cannot(path, error) from error
            read.append((prepared, folder))
        for prepared, folder in read:
            with leased(lake, hold_out) as held:
                total += commit(lake, held, prepared, folder)
    return total


def ingest_sample(settings: Settings, until: datetime) -> IngestCounts:
    """Ingest the built-in sample without the reviews that visitors post (`is_fresh`), and return what happened to it.

    Its times are spread over the 90 days before the UTC day of `until`, so they are the same all day; a sample of
    another day is replaced.

    Raises:
        AnotherKeyError: The lake's texts are held out by another key.
        IngestConflictError: Another ingest takes too long.
        LakeError: S3 does not answer, or refuses. The next run continues.
    """
    midnight = midnight_of(until)
    content = files("sentiment.reviews.sample").joinpath("reviews.jsonl.gz").read_bytes()
    checksum = hashlib.sha256(content).hexdigest()
    made_from = {"sample": f"{checksum}, {FRESH_PERCENT} % fresh"}
    lake, hold_out = Lake(settings), hold_out_of(settings)
    done = finished(lake, SAMPLE)
    if done is not None and done.replayed_until == midnight.date().isoformat() and done.made_from == made_from:
        return done.counts
    with TemporaryDirectory() as name:
        folder = Path(name)
        reviews = [review for review in load_sample() if not is_fresh(review)]
        prepared = _prepared(SAMPLE, reviews, folder, hold_out, replayed_until=midnight, made_from=made_from)
        with leased(lake, hold_out) as held:
            return commit(lake, held, prepared, folder)


def _sources(
    paths: Sequence[Path], columns: Columns | None, on_detected: Callable[[Path, Detected], None] | None
) -> dict[str, Path]:
    """Return each file by its checksum; of several with the same content, the first by name."""
    found: dict[str, Path] = {}
    for path in sorted(paths, reverse=True):
        try:
            detected = detect(path, columns)
            found[_checksum(path)] = path
        except (OSError, ValueError) as error:
            raise _cannot(path, error) from error
        if on_detected is not None:
            on_detected(path, detected)
    return found


def _checksum(path: Path) -> str:
    """Return the SHA-256 of a file, or of the names and contents of a folder's files."""
    if path.is_file():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    digest = hashlib.sha256()
    for inner in sorted(inner for inner in path.rglob("*") if inner.is_file()):
        digest.update(f"{inner.relative_to(path)}\n{_checksum(inner)}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _prepared(
    source: str,
    items: Iterable[Review | Rejected],
    folder: Path,
    hold_out: HoldOut,
    *,
    replayed_until: datetime | None = None,
    made_from: dict[str, str] | None = None,
) -> Prepared:
    """Spool reviews with stars or a label, and list the rows that cannot be used."""
    rejected_path = folder / "rejected.jsonl"
    quarantined = 0
    aside: Counter[str] = Counter()
    with Spool(folder / "spool.parquet", hold_out) as spool, rejected_path.open("wb") as rejected:
        for number, item in enumerate(items, start=1):
            bad = rejected_record(item) if isinstance(item, Rejected) else _unusable(item, number)
            if isinstance(item, Rejected) or bad is not None:
                quarantined += 1
                rejected.write(quarantine_line(bad))
                continue
            time = replayed_time(item, replayed_until) if replayed_until else item.time
            if time is None:
                aside[NO_TIME] += 1
            elif item.label is None and item.stars is None:
                aside[NO_LABEL] += 1
            else:
                aside[THREE_STARS] += item.label is None
                spool.add(item, time, ReviewLabel(item.label, "stars", 1.0, time))
    return Prepared(
        source=source,
        spool=spool.path,
        rejected=rejected_path,
        quarantined=quarantined,
        set_aside=dict(+aside),
        replayed_until=replayed_until.date().isoformat() if replayed_until else None,
        made_from=made_from or {},
    )


def _unusable(review: Review, number: int) -> dict[str, object] | None:
    """Return why a review cannot be kept; None if it can."""
    try:
        for text in (review.title, review.text, review.product_id or "", review.source):
            text.encode()
        if review.time is not None:
            in_known_years(review.time)
    except UnicodeEncodeError:
        return {"row": number, "reason": NOT_ENCODABLE}
    except RowError as error:
        return {"row": number, "reason": str(error)}
    return None


def _cannot(path: Path, error: OSError | ValueError) -> IngestError:
    """Return the error of a file."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return IngestError(f"{path} cannot be ingested: {one_line(reason)}")
