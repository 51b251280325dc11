"""Archived feedback into the lake: made anew from `raw/` each time, so that it never depends on what was there."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from feature_repo.ingest.files import midnight_of
from feature_repo.ingest.judgements import NO_PREDICTION, Judged, Known, label_reviews, newest
from feature_repo.ingest.known import read_indexes
from feature_repo.ingest.publishing import publish
from feature_repo.ingest.raw import BadLine, Event, Events
from feature_repo.ingest.spool import Prepared, Said, Spool, digest
from feature_repo.lake.keys import FEEDBACK
from feature_repo.lake.lease import lease
from feature_repo.lake.manifest import read_manifests
from feature_repo.lake.objects import Lake
from sentiment.schemas.events import FeedbackEvent, PredictionEvent
from sentiment.schemas.prediction_id import LIFETIME

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from feature_repo.lake.counts import IngestCounts
    from feature_repo.settings import Settings
    from sentiment.evaluation.trust import TrustSettings

PREDICTIONS = "prediction: the text of a judgement, or judged by nobody"
LATER = "event from after the end of the window"

_PREDICTION_EVENTS = Events("predictions", PredictionEvent)
_FEEDBACK_EVENTS = Events("feedback", FeedbackEvent)


def ingest_archive(settings: Settings, until: datetime, trust: TrustSettings | None = None) -> IngestCounts:
    """Make the lake's feedback what follows from the archived events and the reviews with stars that the lake has.

    Rows are lines of `raw/`. Texts of the window become reviews; judgements of older ones, as far back as a prediction
    takes feedback, are evidence of how far a rater can be trusted.

    Args:
        settings: Of the lake.
        until: End of the window, which begins `window_days` before the start of its UTC day; what happened then or
            later does not count.
        trust: How feedback is weighted.

    Raises:
        IngestConflictError: Another ingest has been under way for long.
        LakeError: S3 does not answer or refuses. Run it again: it begins anew, and ends the same.
    """
    since = midnight_of(until) - timedelta(days=settings.window_days)
    until = until.astimezone(UTC)
    lake = Lake(settings)
    with TemporaryDirectory() as name, lease(lake) as held:
        folder = Path(name)
        with (folder / "rejected.jsonl").open("wb") as rejected:
            reading = _Reading(lake, since - LIFETIME, until, rejected)
            judged = reading.judged()
        outcome = label_reviews(judged, _known(lake, judged), since, trust)
        reading.set_aside.update(outcome.set_aside)
        with Spool(folder / "spool.parquet") as spool:
            for one in outcome.labelled:
                said = Said(one.said.label, "feedback", one.said.weight, one.said_at)
                spool.add(one.review, one.review.time or one.said_at, said)
        prepared = Prepared(
            source=FEEDBACK,
            spool=spool.path,
            rejected=folder / "rejected.jsonl",
            quarantined=reading.quarantined,
            set_aside=dict(+reading.set_aside),
            duplicate=reading.duplicate,
            made_from={"since": since.isoformat(), "until": until.isoformat()},
        )
        return publish(lake, held, prepared, folder)


class _Reading:
    """One pass over the archive, and what became of its lines."""

    def __init__(self, lake: Lake, first: datetime, until: datetime, rejected: BinaryIO) -> None:
        self._lake = lake
        self._first = first.date()
        self._until = until
        self._rejected = rejected
        self.quarantined = 0
        self.duplicate = 0
        self.set_aside: Counter[str] = Counter()

    def judged(self) -> list[Judged]:
        """Return every judged prediction; the order of lines and files decides nothing.

        Feedback is read first, so that of all the predictions only the judged ones are held.
        """
        feedback: dict[str, FeedbackEvent] = {}
        for said in self._events(_FEEDBACK_EVENTS):
            if said.updated_at >= self._until:
                self.set_aside[LATER] += 1
            else:
                self.duplicate += said.prediction_id in feedback
                feedback[said.prediction_id] = newest(feedback.get(said.prediction_id), said)
        predictions: dict[str, PredictionEvent] = {}
        seen: set[str] = set()
        for made in self._events(_PREDICTION_EVENTS):
            if made.created_at >= self._until:
                self.set_aside[LATER] += 1
            elif made.prediction_id in seen:
                self.duplicate += 1
            else:
                seen.add(made.prediction_id)
                self.set_aside[PREDICTIONS] += 1
                if made.prediction_id in feedback:
                    predictions[made.prediction_id] = made
        self.set_aside[NO_PREDICTION] += len(feedback) - len(predictions)
        return [Judged.of(predictions[key], feedback[key]) for key in sorted(predictions)]

    def _events(self, events: Events[Event]) -> Iterator[Event]:
        for item in events.read(self._lake, self._first, self._until.date()):
            if isinstance(item, BadLine):
                self.quarantined += 1
                self._rejected.write(json.dumps(asdict(item), separators=(",", ":")).encode("ascii") + b"\n")
            else:
                yield item


def _known(lake: Lake, judged: Iterable[Judged]) -> dict[int, Known]:
    """Return the reviews with stars whose text, or title above text, was judged, by the digest of that."""
    index = read_indexes(
        lake, read_manifests(lake, but={FEEDBACK}), ["text_hash", "document_hash", "review_id", "label", "kept"]
    )
    wanted = pa.array(sorted({digest(one.text) for one in judged}), pa.int64())
    found: dict[int, Known] = {}
    for column in ("document_hash", "text_hash"):  # a text of its own goes before one that another has below a title
        rows = index.filter(pc.is_in(index[column], wanted))
        # a label goes before none: a text with three stars may stand beside the same one with a label elsewhere
        ordered = rows.sort_by([("kept", "descending"), ("label", "descending"), ("review_id", "ascending")])
        by_digest = zip(*(ordered[name].to_pylist() for name in (column, "review_id", "label")), strict=True)
        first: dict[int, Known] = {}
        for key, review_id, label in by_digest:
            first.setdefault(key, Known(review_id, label))
        found |= first
    return found
