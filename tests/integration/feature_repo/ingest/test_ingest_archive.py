from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from feature_repo.ingest import archive as archive_module
from feature_repo.ingest import feedback as feedback_module
from feature_repo.ingest import ingest_archive, ingest_files, update_product_stats
from feature_repo.lake.keys import FEEDBACK, LABELS, PRODUCT_STATS, REVIEWS
from feature_repo.lake.manifest import read_manifests
from lambdas.archive.batch import archive as archive_batch
from lambdas.archive.counting import EventCounts
from lambdas.shared.items import to_item
from lambdas.shared.raw_events import RawEvents
from sentiment.clock import utc_now
from sentiment.keys import client_hash
from sentiment.reviews.review import review_id_of
from tests.integration.feature_repo.lakes import (
    NOON,
    a_file,
    a_rated_prediction,
    a_review,
    archive,
    archive_rated,
    check_finished,
    contents,
    rows,
)
from tests.integration.resources import HOLD_OUT

if TYPE_CHECKING:
    from pathlib import Path

    from feature_repo.lake.objects import Lake
    from feature_repo.settings import Settings
    from sentiment.reviews.review import Label, Review
    from sentiment.schemas.events import FeedbackEvent, PredictionEvent
    from tests.integration.resources import Resources


OTHER: dict[Label, Label] = {"positive": "negative", "negative": "positive"}
NEW = next(text for text in (f"new text {number}" for number in range(100)) if not HOLD_OUT.holds_out(text))


@pytest.fixture
def known(lake_settings: Settings, tmp_path: Path) -> list[Review]:
    """Ingested reviews with stars: half positive, half negative, some held out."""
    return ingested(40, lake_settings, tmp_path)


def ingested(count: int, settings: Settings, folder: Path) -> list[Review]:
    """Ingest reviews with stars, of which every other one is positive, and return them."""
    reviews = [a_review(f"known text {number}", stars=1 + number % 2 * 4) for number in range(count)]
    ingest_files(settings, [a_file(folder / "known.jsonl", reviews)])
    return reviews


def evidence(known: list[Review], rater: str = "ann") -> list[tuple[PredictionEvent, FeedbackEvent]]:
    """Return right feedback on all of them."""
    return [a_rated_prediction(review.text, review.label or "negative", rater) for review in known]


def feedback_rows(lake: Lake) -> list[tuple[str, str]]:
    """Return text and label of every review that feedback labels."""
    texts = {row["review_id"]: row["text"] for row in rows(lake, REVIEWS)}
    return [(texts[row["review_id"]], row["label"]) for row in rows(lake, LABELS) if row["origin"] == "feedback"]


def test_feedback_of_a_trusted_rater_becomes_a_label(lake: Lake, lake_settings: Settings, known: list[Review]) -> None:
    archive_rated(lake, [*evidence(known), a_rated_prediction(f" {NEW}\n", "negative")])
    counts = ingest_archive(lake_settings, NOON)
    assert feedback_rows(lake) == [(NEW, "negative")]
    (label,) = [row for row in rows(lake, LABELS) if row["origin"] == "feedback"]
    (review,) = [row for row in rows(lake, REVIEWS) if row["source"] == "feedback"]
    assert 0 < label["weight"] <= 1
    assert label["stars"] is None
    assert label["event_timestamp"] == review["event_timestamp"] == NOON - timedelta(days=2)
    assert review["review_id"] == review_id_of(product_id="p", title="", text=NEW)
    secret = sum(HOLD_OUT.holds_out(review.text) for review in known)
    assert counts.set_aside == {
        archive_module.PREDICTIONS: 41,
        feedback_module.EVIDENCE: secret,
        feedback_module.STARRED: 40 - secret,
    }
    assert (counts.read, counts.kept) == (82, 1)
    check_finished(lake)


def test_the_same_archive_again_changes_nothing(lake: Lake, lake_settings: Settings, known: list[Review]) -> None:
    archive_rated(lake, [*evidence(known), a_rated_prediction(NEW, "negative")])
    first = ingest_archive(lake_settings, NOON)
    before = contents(lake)
    again = ingest_archive(lake_settings, NOON)
    assert (first.changed, again.changed) == (True, False)
    assert contents(lake) == before


def test_repeated_events_only_change_their_count(lake: Lake, lake_settings: Settings, known: list[Review]) -> None:
    rated = [*evidence(known), a_rated_prediction(NEW, "negative")]
    archive_rated(lake, rated)
    first = ingest_archive(lake_settings, NOON)
    before = {key: content for key, content in contents(lake).items() if key.endswith(".parquet")}
    archive_rated(lake, rated[::-1], name="reconciled-abc")
    again = ingest_archive(lake_settings, NOON)
    assert {key: content for key, content in contents(lake).items() if key.endswith(".parquet")} == before
    assert (again.duplicate, again.read, again.kept) == (len(rated) * 2, first.read * 2, first.kept)
    assert not again.changed


@pytest.mark.parametrize("names", [("1-2", "3-4"), ("3-4", "1-2")])
def test_the_latest_feedback_counts_in_whichever_file_it_is(
    names: tuple[str, str], lake: Lake, lake_settings: Settings, known: list[Review]
) -> None:
    at = NOON - timedelta(days=2)
    first = a_rated_prediction(NEW, "negative", at=at)
    _, changed = a_rated_prediction(
        NEW, "positive", at=at, rated_at=at, revision=2, prediction_id=first[0].prediction_id
    )
    archive_rated(lake, [*evidence(known), first], name=names[0])
    archive(lake, "feedback", [changed], name=names[1])
    ingest_archive(lake_settings, NOON)
    assert feedback_rows(lake) == [(NEW, "positive")]


def test_a_verdict_that_was_taken_back_earns_no_trust(lake: Lake, lake_settings: Settings, tmp_path: Path) -> None:
    right = evidence(ingested(300, lake_settings, tmp_path))
    lies = [
        event.model_copy(update={"label": OTHER[event.label], "revision": 1, "updated_at": event.updated_at})
        for _, event in right
    ]
    taken_back = [(made, event.model_copy(update={"revision": 2})) for made, event in right]
    archive_rated(lake, [*taken_back, a_rated_prediction(NEW, "negative")])
    archive(lake, "feedback", lies, "0-1")
    ingest_archive(lake_settings, NOON)
    assert feedback_rows(lake) == []


def test_events_at_the_end_of_the_window_or_later_do_not_count(
    lake: Lake, lake_settings: Settings, known: list[Review]
) -> None:
    archive_rated(lake, [*evidence(known), a_rated_prediction(NEW, "negative", rated_at=NOON)])
    counts = ingest_archive(lake_settings, NOON)
    assert feedback_rows(lake) == []
    assert counts.set_aside[archive_module.LATER] == 1
    ingest_archive(lake_settings, NOON + timedelta(seconds=1))
    assert feedback_rows(lake) == [(NEW, "negative")]


def test_feedback_archived_before_its_prediction_waits_for_it(
    lake: Lake, lake_settings: Settings, known: list[Review]
) -> None:
    prediction, feedback = a_rated_prediction(NEW, "negative")
    archive_rated(lake, evidence(known))
    archive(lake, "feedback", [feedback], name="3-4")
    counts = ingest_archive(lake_settings, NOON)
    assert counts.set_aside[feedback_module.NO_PREDICTION] == 1
    archive(lake, "predictions", [prediction], name="3-4")
    ingest_archive(lake_settings, NOON)
    assert feedback_rows(lake) == [(NEW, "negative")]


def test_stars_that_come_later_replace_the_label_of_feedback(
    lake: Lake, lake_settings: Settings, known: list[Review], tmp_path: Path
) -> None:
    archive_rated(lake, [*evidence(known), a_rated_prediction(NEW, "negative")])
    ingest_archive(lake_settings, NOON)
    ingest_files(lake_settings, [a_file(tmp_path / "more.jsonl", [a_review(NEW, stars=5)])])
    ingest_archive(lake_settings, NOON)
    assert feedback_rows(lake) == []
    assert [row["label"] for row in rows(lake, LABELS) if row["stars"]].count("positive") == 21
    check_finished(lake)


def test_a_text_is_recognised_under_each_of_its_titles(lake: Lake, lake_settings: Settings, tmp_path: Path) -> None:
    line = {"overall": 5, "reviewText": "fits well", "unixReviewTime": 1_790_000_000, "asin": "B1"}
    for name, titles in (("one", ["Good", "Great"]), ("other", ["Fine"])):
        path = tmp_path / name
        path.write_text("".join(json.dumps(line | {"summary": title}) + "\n" for title in titles))
        ingest_files(lake_settings, [path])
    assert len(rows(lake, REVIEWS)) == 1
    rated = ["fits well", *(f"{title}\nfits well " for title in ("Good", "Great", "Fine"))]
    archive_rated(lake, [a_rated_prediction(text, "negative") for text in rated])
    counts = ingest_archive(lake_settings, NOON)
    assert not HOLD_OUT.holds_out("fits well")
    assert counts.set_aside[feedback_module.STARRED] == len(rated)
    update_product_stats(lake_settings)
    assert [row["reviews"] for row in rows(lake, PRODUCT_STATS)] == [1, 0]


@pytest.mark.parametrize(
    ("vouching", "labelled"), [("another", []), ("another shopkey", [(NEW, "negative")]), ("SHOPKEY", [])]
)
def test_raters_are_trusted_by_name_only_if_their_api_key_vouches_for_them(
    vouching: str, labelled: list[tuple[str, str]], lake: Lake, lake_settings: Settings, tmp_path: Path
) -> None:
    """Two of three are always wrong, so as one client they are, too."""
    known = ingested(300, lake_settings, tmp_path)
    wrong = [
        a_rated_prediction(review.text, OTHER[review.label or "negative"], rater)
        for rater in ("bob", "cleo")
        for review in known
    ]
    client = client_hash(b"a key for tests", "shopkey")
    rated = [*evidence(known, "ann"), *wrong, a_rated_prediction(NEW, "negative", "ann")]
    archive_rated(lake, [(prediction, event.model_copy(update={"client": client})) for prediction, event in rated])

    ingest_archive(lake_settings.model_copy(update={"feedback_vouching_keys": vouching}), NOON)

    assert feedback_rows(lake) == labelled


def test_bad_lines_are_reported_and_the_others_count(lake: Lake, lake_settings: Settings, known: list[Review]) -> None:
    archive_rated(lake, [*evidence(known), a_rated_prediction(NEW, "negative")])
    key = "raw/feedback/dt=2026-11-21/5-6.jsonl"
    lake.put(key, b'{"prediction_id": "half a li\n{"kind": "of the future"}\n\xff\n')
    lake.put("raw/predictions/dt=2026-11-21/5-6.jsonl.gz", b"\x1f\x8b damaged")
    counts = ingest_archive(lake_settings, NOON)
    assert (counts.kept, counts.quarantined) == (1, 4)
    assert counts.read == 82 + 4
    (listed,) = [content for name, content in contents(lake).items() if name.startswith("quarantine/")]
    lines = [json.loads(line) for line in listed.splitlines()]
    assert [(line["key"], line["line"]) for line in lines if line["key"] == key] == [(key, 1), (key, 2), (key, 3)]
    assert all(line["reason"] for line in lines)
    check_finished(lake)


def test_an_empty_archive_is_no_error(lake: Lake, lake_settings: Settings) -> None:
    assert ingest_archive(lake_settings, NOON).read == 0
    assert read_manifests(lake)[FEEDBACK].objects == ()


def test_feedback_that_leaves_the_window_leaves_the_lake(
    lake: Lake, lake_settings: Settings, known: list[Review]
) -> None:
    archive_rated(lake, [*evidence(known), a_rated_prediction(NEW, "negative")])
    ingest_archive(lake_settings, NOON)
    counts = ingest_archive(lake_settings, NOON + timedelta(days=120))
    assert feedback_rows(lake) == []
    assert (counts.changed, counts.set_aside[feedback_module.TOO_OLD]) == (True, 1)
    check_finished(lake)


def test_what_the_archive_function_writes_is_read(
    lake: Lake, lake_settings: Settings, known: list[Review], resources: Resources
) -> None:
    odd = next(
        text
        for text in (f'odd "\u2028\n\x00 \N{THUMBS UP SIGN} {number}' for number in range(100))
        if not any(map(HOLD_OUT.holds_out, (text, text.partition("\n")[2])))
    )
    events = [event for pair in [*evidence(known), a_rated_prediction(odd, "negative")] for event in pair]
    records = [
        {"dynamodb": {"SequenceNumber": f"{number:021}", "NewImage": to_item(event)}}
        for number, event in enumerate(events)
    ]
    event_counts = EventCounts(resources.monitoring, resources.dynamodb, utc_now)
    assert archive_batch(records, RawEvents(resources.lake, resources.s3), event_counts) == []
    counts = ingest_archive(lake_settings, NOON)
    assert feedback_rows(lake) == [(odd, "negative")]
    assert (counts.read, counts.quarantined) == (len(events), 0)
