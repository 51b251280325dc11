"""Ingest of archived feedback: rebuilt from `raw/` each time, so that it never depends on earlier ingests."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from feature_repo.ingest.commit import commit
from feature_repo.ingest.feedback import NO_PREDICTION, RatedPrediction, StarredReview, label_reviews, newest, text_keys
from feature_repo.ingest.held_out import held_out_texts
from feature_repo.ingest.index import digest, key_of, read_indexes
from feature_repo.ingest.leased import leased
from feature_repo.ingest.raw import BadLine, Event, Events
from feature_repo.ingest.spool import Prepared, ReviewLabel, Spool
from feature_repo.lake.keys import FEEDBACK
from feature_repo.lake.manifest import read_manifests
from feature_repo.lake.objects import Lake
from feature_repo.lake.secret import hold_out_of, loop_secret
from sentiment.clock import midnight_of
from sentiment.evaluation.trust import TrustSettings
from sentiment.keys import client_hash
from sentiment.reviews.identity import fingerprint
from sentiment.reviews.quarantine import quarantine_line
from sentiment.reviews.sample import load_sample
from sentiment.schemas.events import FeedbackEvent, PredictionEvent
from sentiment.schemas.feedback_period import LIFETIME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from feature_repo.ingest.feedback import LabelledReview
    from feature_repo.lake.manifest import IngestCounts
    from feature_repo.settings import Settings
    from sentiment.schemas.events import Source

PREDICTIONS = "prediction: its text belongs to feedback, or has none"
LATER = "event after the end of the window"

_PREDICTION_EVENTS = Events("predictions", PredictionEvent)
_FEEDBACK_EVENTS = Events("feedback", FeedbackEvent)


def ingest_archive(
    settings: Settings,
    until: datetime,
    trust: TrustSettings | None = None,
    *,
    on_labelled: Callable[[Sequence[LabelledReview]], None] | None = None,
) -> IngestCounts:
    """Rebuild the lake's feedback from the archived events and its reviews with stars; return what happened to them.

    Rows are lines of `raw/`. Rated texts of the window become reviews. Feedback on older ones, as long as predictions
    take feedback, only shows how far to trust a rater. The window starts `window_days` before the UTC day of `until`;
    events at this time or later do not count.

    `trust` says how feedback is weighted, by default as the settings say; `on_labelled` is called with the reviews that
    feedback labels.

    Raises:
        AnotherKeyError: The lake's texts are held out by another key.
        IngestConflictError: Another ingest takes too long.
        LakeError: S3 does not answer, or refuses. The next run starts over, with the same result.
    """
    since = midnight_of(until) - timedelta(days=settings.window_days)
    until = until.astimezone(UTC)
    lake, hold_out = Lake(settings), hold_out_of(settings)
    with TemporaryDirectory() as name, leased(lake, hold_out) as held:
        folder = Path(name)
        with (folder / "rejected.jsonl").open("wb") as rejected:
            reading = _Reading(lake, since - LIFETIME, until, rejected)
            rated = reading.rated()
        held_out = held_out_texts(lake, since, folder)
        trust = trust or _trust(settings)
        labelling = label_reviews(rated, _starred(lake, rated), since, hold_out, trust, held_out_texts=held_out)
        if on_labelled:
            on_labelled(labelling.labelled)
        reading.set_aside.update(labelling.set_aside)
        with Spool(folder / "spool.parquet", hold_out) as spool:
            for one in labelling.labelled:
                label = ReviewLabel(one.feedback.label, "feedback", one.feedback.weight, one.rated_at)
                spool.add(one.review, one.review.time or one.rated_at, label)
        prepared = Prepared(
            source=FEEDBACK,
            spool=spool.path,
            rejected=folder / "rejected.jsonl",
            quarantined=reading.quarantined,
            set_aside=dict(+reading.set_aside),
            duplicate=reading.duplicate,
            made_from={
                "since": since.isoformat(),
                "until": until.isoformat(),
                "labels_a_client": str(trust.labels_a_client),
                "vouching_clients": str(len(trust.vouching)),
                "reviewed": str(sum(one.reviewer for one in rated)),
            },
        )
        return commit(lake, held, prepared, folder)


def _trust(settings: Settings) -> TrustSettings:
    """Return how feedback is weighted in this loop; a client is stored as a keyed hash of its API key's id."""
    secret = loop_secret(settings)
    keys = settings.feedback_vouching_keys.split()
    return TrustSettings(
        labels_a_client=settings.feedback_client_labels,
        vouching=frozenset(client_hash(secret, key) for key in keys) if secret else frozenset(),
    )


class _Reading:
    """One pass over the archive, and what happened to its lines."""

    def __init__(self, lake: Lake, first: datetime, until: datetime, rejected: BinaryIO) -> None:
        self._lake = lake
        self._first = first.date()
        self._until = until
        self._rejected = rejected
        self.quarantined = 0
        self.duplicate = 0
        self.set_aside: Counter[str] = Counter()

    def rated(self) -> list[RatedPrediction]:
        """Return every prediction with feedback, once for each source, independent of the order of lines and files.

        Feedback is read first, so that only predictions with feedback are kept in memory.
        """
        feedback: dict[tuple[str, Source], FeedbackEvent] = {}
        changed: set[tuple[str, Source]] = set()
        for given in self._events(_FEEDBACK_EVENTS):
            if given.updated_at >= self._until:
                self.set_aside[LATER] += 1
            else:
                key = given.prediction_id, given.source
                if known := feedback.get(key):
                    self.duplicate += 1
                    if known.label != given.label:
                        changed.add(key)
                feedback[key] = newest(known, given)
        rated = {prediction_id for prediction_id, _ in feedback}
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
                if made.prediction_id in rated:
                    predictions[made.prediction_id] = made
        found = [key for key in sorted(feedback) if key[0] in predictions]
        self.set_aside[NO_PREDICTION] += len(feedback) - len(found)
        return [RatedPrediction.of(predictions[key[0]], feedback[key], changed=key in changed) for key in found]

    def _events(self, events: Events[Event]) -> Iterator[Event]:
        for item in events.read(self._lake, self._first, self._until.date()):
            if isinstance(item, BadLine):
                self.quarantined += 1
                self._rejected.write(quarantine_line(asdict(item)))
            else:
                yield item


@cache
def _public_texts() -> frozenset[int]:
    """Return the keys of the built-in sample's texts, whose labels anybody can look up."""
    texts = {text for review in load_sample() for text in (review.text, review.full_text)}
    return frozenset({key for text in texts for key in (key_of(fingerprint(text)), digest(text))})


def _starred(lake: Lake, rated: Iterable[RatedPrediction]) -> dict[int, StarredReview]:
    """Return the reviews with stars whose text, or title and text, was rated, by the key of that."""
    columns = ["fingerprint", "document_fingerprint", "review_id", "label", "kept", "held_out"]
    index = read_indexes(lake, read_manifests(lake, but={FEEDBACK}), columns)
    wanted: dict[int, int] = {}
    for text in {one.text for one in rated}:
        keys = text_keys(text)
        wanted |= {key: key for key in keys} | {digest(text): keys[0]}  # a digest, in an index from before fingerprints
    keys_wanted = pa.array(sorted(wanted), pa.int64())
    found: dict[int, StarredReview] = {}
    for column in ("document_fingerprint", "fingerprint"):  # a review whose text it is wins over one with its title
        rows = index.filter(pc.is_in(index[column], keys_wanted))
        # a label wins over none: another source may have the same text with three stars
        ordered = rows.sort_by([("kept", "descending"), ("label", "descending"), ("review_id", "ascending")])
        by_key = zip(*(ordered[name].to_pylist() for name in (column, "review_id", "label", "held_out")), strict=True)
        first: dict[int, StarredReview] = {}
        for key, review_id, label, held_out in by_key:
            public = key in _public_texts()
            known = first.setdefault(wanted[key], StarredReview(review_id, label, held_out, public))
            if held_out and not known.held_out:  # another spelling is
                first[wanted[key]] = known._replace(held_out=True)
        found |= first
    return found
