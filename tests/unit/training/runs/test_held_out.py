"""A run holds out what production and the lake hold out, or is refused."""

from __future__ import annotations

import pytest

from feature_repo.ingest.index import key_of
from sentiment.reviews.held_out import PUBLIC, HoldOut, was_held_out
from sentiment.reviews.identity import fingerprint
from sentiment.reviews.sample import load_sample
from training.errors import AnotherKeyError
from training.registry.tracking_server import RegisteredVersion
from training.runs.held_out import by_key, check_key, sides_of_loop
from training.settings import Settings

MINE, OTHER = HoldOut(b"mine"), HoldOut(b"another loop's")
REVIEWS = load_sample()[::10]


@pytest.fixture
def settings() -> Settings:
    return Settings(
        mlflow_tracking_uri="http://127.0.0.1:1", artifacts_bucket="bucket", lake_bucket=None, rater_key_secret=None
    )


def version(**tags: str) -> RegisteredVersion:
    return RegisteredVersion(version="3", run_id="run", tags={"data_sha256": "0" * 64, **tags})


def sides_of(hold_out: HoldOut) -> list[bool]:
    return [hold_out.holds_out(review.text) for review in REVIEWS]


@pytest.mark.parametrize("known", [None, PUBLIC.key_fingerprint, MINE.key_fingerprint])
def test_the_same_key_follows_itself_the_public_one_and_none(known: str | None) -> None:
    check_key(known, "3", MINE)


@pytest.mark.parametrize(
    ("now", "said"),
    [(MINE, f"RATER_KEY_SECRET has the key {MINE.key_fingerprint}"), (PUBLIC, "RATER_KEY_SECRET is not set")],
    ids=["another secret", "no secret"],
)
def test_another_key_than_that_of_production_is_refused_in_one_line(now: HoldOut, said: str) -> None:
    with pytest.raises(AnotherKeyError, match="Version 3, which is in production") as refused:
        check_key(OTHER.key_fingerprint, "3", now)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_without_production_the_key_decides(settings: Settings) -> None:
    sides = sides_of_loop(settings, None)
    assert (sides.key, sides.of(REVIEWS)) == (PUBLIC.key_fingerprint, sides_of(PUBLIC))


def test_production_from_before_keys_decides_by_ids(settings: Settings) -> None:
    sides = sides_of_loop(settings, version())
    assert sides.key is None
    assert sides.of(REVIEWS) == [was_held_out(review.review_id) for review in REVIEWS]


def test_a_run_with_another_key_is_refused_before_anything_is_read(settings: Settings) -> None:
    with pytest.raises(AnotherKeyError):
        sides_of_loop(settings, version(held_out_key=OTHER.key_fingerprint))


def test_what_the_lake_knows_stays_on_its_side() -> None:
    turned = {key_of(fingerprint(one.text)): not side for one, side in zip(REVIEWS, sides_of(MINE), strict=True)}
    assert by_key(MINE, turned).of(REVIEWS) == [not side for side in sides_of(MINE)]
