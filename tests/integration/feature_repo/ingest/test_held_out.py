"""A text that is held out is never trained on, however it is spelled and wherever it comes from."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from feature_repo.errors import AnotherKeyError, SecretError
from feature_repo.frame.frame import training_frame
from feature_repo.ingest import feedback, ingest_archive, ingest_files, ingest_sample, spool, update_product_stats
from feature_repo.lake.keys import HELD_OUT_KEY, INDEX, LABELS, OLD_INDEX, SAMPLE, index, manifest
from feature_repo.lake.objects import Lake
from feature_repo.settings import Settings
from sentiment.reviews.held_out import PUBLIC, was_held_out
from sentiment.reviews.sample import load_sample
from tests.integration.feature_repo.lakes import (
    NOON,
    a_file,
    a_rated_prediction,
    a_review,
    archive_rated,
    as_before_fingerprints,
    check_finished,
    rows,
)
from tests.integration.resources import HOLD_OUT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.resources import Resources

REAL = [review.text for review in load_sample() if 100 < len(review.text) < 400]
HELD_OUT = [text for text in REAL if HOLD_OUT.holds_out(text)]
TRAINED_ON = [text for text in REAL if not HOLD_OUT.holds_out(text)]
SPELLINGS = ("{} .", "<b>{}</b>", " {}!\u200b")


def sides(lake: Lake) -> dict[str, bool]:
    return {row["review_id"]: row["held_out"] for row in rows(lake, LABELS)}


def test_spellings_of_a_held_out_review_in_another_file_are_duplicates(
    lake: Lake, lake_settings: Settings, tmp_path: Path
) -> None:
    mine = [a_review(HELD_OUT[0]), a_review(TRAINED_ON[0])]
    ingest_files(lake_settings, [a_file(tmp_path / "mine.jsonl", mine)])
    assert sides(lake) == {mine[0].review_id: True, mine[1].review_id: False}
    again = [a_review(spelling.format(HELD_OUT[0].upper()), stars=1) for spelling in SPELLINGS]
    counts = ingest_files(lake_settings, [a_file(tmp_path / "again.jsonl", again)])
    assert (counts.kept, counts.duplicate) == (0, len(SPELLINGS))
    assert len(sides(lake)) == 2


def test_feedback_on_a_held_out_review_teaches_nothing_in_any_spelling(
    lake: Lake, lake_settings: Settings, tmp_path: Path
) -> None:
    held_out, known = HELD_OUT[0], TRAINED_ON[:20]
    reviews = [a_review(text, stars=5 if number % 2 else 1) for number, text in enumerate([*known, held_out])]
    ingest_files(lake_settings, [a_file(tmp_path / "mine.jsonl", reviews)])
    words = held_out.split()
    sent = [
        *(spelling.format(held_out.upper()) for spelling in SPELLINGS),
        f"A title\n{held_out}",
        f"{HELD_OUT[1].upper()} ...",  # which the lake does not have
        " ".join([*words[:-2], "indeed"]),
    ]
    evidence = [a_rated_prediction(review.text, review.label or "negative") for review in reviews]
    archive_rated(lake, [*evidence, *(a_rated_prediction(text, "negative") for text in (*sent, TRAINED_ON[30]))])
    counts = ingest_archive(lake_settings, NOON)
    assert [row["held_out"] for row in rows(lake, LABELS) if row["origin"] == "feedback"] == [False]
    assert counts.set_aside[feedback.STARRED] == len(evidence) + len(SPELLINGS)  # all of the public sample
    assert counts.set_aside[feedback.HELD_OUT] == 2
    assert counts.set_aside[feedback.NEAR_HELD_OUT] == 1


def test_a_lake_from_before_keeps_its_sides_and_new_texts_go_by_key(
    lake: Lake, lake_settings: Settings, tmp_path: Path
) -> None:
    reviews = [a_review(text, stars=5 if number % 2 else 1) for number, text in enumerate(REAL[:400])]
    path = a_file(tmp_path / "mine.jsonl", reviews)
    ingest_files(lake_settings, [path])
    update_product_stats(lake_settings)
    as_before_fingerprints(lake)
    before = training_frame(lake_settings, NOON)
    of_old = {review.review_id for review in reviews if was_held_out(review.review_id)}
    assert {one.review.review_id for one in before.examples() if one.held_out} == of_old
    assert not list(lake.list(f"{OLD_INDEX}/"))
    check_finished(lake)
    spelled = [a_review(f"{review.text.upper()} .", stars=1) for review in reviews if review.review_id in of_old]
    new = [a_review(text) for text in REAL[400:600]]
    counts = ingest_files(lake_settings, [a_file(tmp_path / "new.jsonl", [*spelled, *new])])
    assert (counts.kept, counts.duplicate) == (len(new), len(spelled))
    of_new = {review.review_id for review in new if HOLD_OUT.holds_out(review.text)}
    frozen = training_frame(lake_settings, NOON)
    assert {one.review.review_id for one in frozen.examples() if one.held_out} == of_old | of_new
    assert frozen.held_out_key == HOLD_OUT.key_fingerprint


def test_spellings_that_an_old_lake_has_on_both_sides_are_all_held_out(
    lake: Lake, lake_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviews = [a_review(text, stars=5 if number % 2 else 1) for number, text in enumerate(REAL[:100])]
    held_out = next(review for review in reviews if was_held_out(review.review_id))
    twins = (a_review(f"{held_out.text}{mark}") for mark in ("!", " .", "..", "?!", " -"))
    twin = next(review for review in twins if not was_held_out(review.review_id))
    with monkeypatch.context() as exact:
        exact.setattr(spool, "fingerprint", lambda text: hashlib.blake2b(text.encode(), digest_size=16).hexdigest())
        assert ingest_files(lake_settings, [a_file(tmp_path / "mine.jsonl", [*reviews, twin])]).kept == 101
    as_before_fingerprints(lake)
    found = {one.review.review_id: one.held_out for one in training_frame(lake_settings, NOON).examples()}
    assert found[held_out.review_id]
    assert found[twin.review_id]


def test_a_source_that_was_removed_unfinished_gets_its_sides_back(
    lake: Lake, lake_settings: Settings, tmp_path: Path
) -> None:
    ingest_sample(lake_settings, NOON)
    as_before_fingerprints(lake)
    training_frame(lake_settings, NOON)
    before = {row["review_id"]: row["held_out"] for row in rows(lake, INDEX)}
    lake.delete([manifest(SAMPLE)])
    ingest_files(lake_settings, [a_file(tmp_path / "other.jsonl", [a_review("another")])])
    assert [one.key for one in lake.list("offline/") if SAMPLE in one.key] == [index(SAMPLE)]
    ingest_sample(lake_settings, NOON)
    after = sides(lake)
    assert {review_id: after[review_id] for review_id in before} == before
    check_finished(lake)


def test_a_lake_refuses_another_key_but_the_public_one_may_be_replaced(
    lake: Lake, lake_settings: Settings, tmp_path: Path
) -> None:
    path = a_file(tmp_path / "mine.jsonl", [a_review("mine")])
    public = Settings(lake_bucket=lake.bucket, rater_key_secret=None)
    ingest_files(public, [path])
    assert lake.get(HELD_OUT_KEY) == f"{PUBLIC.key_fingerprint}\n".encode()
    ingest_sample(lake_settings, NOON)
    assert lake.get(HELD_OUT_KEY) == f"{HOLD_OUT.key_fingerprint}\n".encode()
    before = rows(lake, LABELS)
    for refused in (
        lambda: ingest_files(public, [a_file(tmp_path / "new.jsonl", [a_review("new")])]),
        lambda: ingest_archive(public, NOON),
        lambda: training_frame(public, NOON),
    ):
        with pytest.raises(AnotherKeyError, match="RATER_KEY_SECRET is not set: use the RATER_KEY_SECRET of the loop"):
            refused()
    assert rows(lake, LABELS) == before


def test_a_secret_that_cannot_be_read_is_one_line(resources: Resources, tmp_path: Path) -> None:
    settings = Settings(lake_bucket=resources.lake, rater_key_secret="arn:of:nothing")
    with pytest.raises(SecretError, match="arn:of:nothing, cannot be read: ResourceNotFoundException"):
        ingest_files(settings, [a_file(tmp_path / "mine.jsonl", [a_review("mine")])])
    assert not list(Lake(settings).list("offline/"))
