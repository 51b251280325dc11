"""The training frame: its rows, that it never looks ahead, and that lost rows are an error."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from feature_repo.errors import (
    EmptyLakeError,
    FeatureError,
    FrameError,
    IngestConflictError,
    LakeError,
    LostRowsError,
    SecretError,
    TooFewReviewsError,
)
from feature_repo.frame.frame import training_frame
from feature_repo.frame.frozen import open_frozen
from feature_repo.ingest import ingest_sample, update_product_stats
from feature_repo.lake import lease as lease_module
from feature_repo.lake.keys import LABELS
from feature_repo.offline import asof_store
from feature_repo.settings import Settings
from sentiment.reviews.product import ProductStats
from tests.integration.feature_repo.lakes import rows
from tests.integration.feature_repo.planted import UNTIL, Planted, days_ago, midnight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feature_repo.frame.frozen import FrozenDataset
    from feature_repo.lake.objects import Lake
    from sentiment.reviews.example import Example


@pytest.fixture
def planted() -> Planted:
    """Enough reviews for a frame; tests add their own."""
    planted = Planted()
    planted.crowd()
    planted.statistics("somebody else's", days_ago(30), 3, 4.0, 1.0)
    return planted


def by_id(frozen: FrozenDataset) -> dict[str, Example]:
    return {example.review.review_id: example for example in frozen.examples()}


def test_a_review_has_its_text_label_and_weight(lake_settings: Settings, lake: Lake, planted: Planted) -> None:
    starred = planted.review("It broke.", at=days_ago(3), product="p", label="negative", stars=1.0)
    rated = planted.review("Fine.", at=days_ago(2), stars=None, origin="feedback", weight=0.25, source="feedback")
    planted.put(lake)
    found = by_id(training_frame(lake_settings, UNTIL))
    review = found[starred].review
    assert (review.text, review.product_id, review.label, review.stars) == ("It broke.", "p", "negative", 1.0)
    assert (review.time, review.source, found[starred].weight) == (days_ago(3), "planted", 1.0)
    assert (found[rated].review.stars, found[rated].weight, found[rated].is_feedback) == (None, 0.25, True)


def test_a_review_never_has_statistics_of_its_day_or_later(
    lake_settings: Settings, lake: Lake, planted: Planted
) -> None:
    at = days_ago(20)
    known, future = ProductStats(4, 3.5, 0.75), ProductStats(999, 5.0, 1.0)
    review_id = planted.review("planted", at=at, product="p")
    first_of_the_day = planted.review("at midnight", at=midnight(at), product="p")
    planted.statistics("p", at - timedelta(days=7), 1, 2.0, 0.0)
    planted.statistics("p", at, *known)  # of the days before its own
    for days in (1, 2, 10, 19):
        planted.statistics("p", at + timedelta(days=days), *future)
    planted.put(lake)
    found = by_id(training_frame(lake_settings, UNTIL))
    assert found[review_id].product == known
    assert found[first_of_the_day].product == known


def test_product_statistics_are_valid_for_the_window_only(
    lake_settings: Settings, lake: Lake, planted: Planted
) -> None:
    day = midnight(days_ago(89))
    planted.statistics("p", day - timedelta(days=60), 5, None, 0.4)
    before = planted.review("89 days old", at=day + timedelta(days=29), product="p")
    after = planted.review("90 days old and a bit", at=day + timedelta(days=30, seconds=1), product="p")
    unknown = planted.review("nobody knows it", at=days_ago(1), product="unknown")
    planted.put(lake)
    found = by_id(training_frame(lake_settings, UNTIL))
    assert found[before].product == ProductStats(5, None, 0.4)
    assert found[after].product is None
    assert found[unknown].product is None


def test_the_window_is_whole_days_and_the_day_so_far(lake_settings: Settings, lake: Lake, planted: Planted) -> None:
    start = midnight(UNTIL) - timedelta(days=90)
    inside = [planted.review("first", at=start + timedelta(microseconds=1)), planted.review("last", at=UNTIL)]
    outside = [planted.review("before", at=start), planted.review("after", at=UNTIL + timedelta(microseconds=1))]
    unlabelled = planted.review("three stars", at=days_ago(1), label=None)
    planted.put(lake)
    frozen = training_frame(lake_settings, UNTIL)
    found = by_id(frozen)
    assert set(inside) <= set(found)
    assert not {*outside, unlabelled} & set(found)
    assert (frozen.window_start, frozen.window_end) == (start, UNTIL)


def test_a_review_of_two_sources_is_one_row_the_newest(lake_settings: Settings, lake: Lake, planted: Planted) -> None:
    review_id = planted.review("twice", at=days_ago(5), source="old")
    planted.put(lake)
    again = Planted()
    again.review("twice", at=days_ago(4), source="new")
    again.put(lake, "again")
    same_time = Planted()
    same_time.review("twice", at=days_ago(4), source="newest", created=days_ago(3))
    same_time.put(lake, "and-again")
    frozen = training_frame(lake_settings, UNTIL)
    assert by_id(frozen)[review_id].review.source == "newest"
    assert frozen.rows == 25


def test_the_same_reviews_give_the_same_bytes_from_any_files(
    lake_settings: Settings, lake: Lake, planted: Planted
) -> None:
    planted.review("of a product", at=days_ago(9), product="somebody else's")
    planted.put(lake)
    frozen = training_frame(lake_settings, UNTIL)
    random.Random(7).shuffle(planted.reviews)
    half = Planted(reviews=planted.reviews[:9])
    rest = Planted(reviews=planted.reviews[9:], labels=planted.labels[::-1], stats=planted.stats)
    lake.delete([one.key for one in lake.list("offline/")])
    half.put(lake, "b")
    rest.put(lake, "a")
    again = training_frame(lake_settings, UNTIL + timedelta(hours=3))
    assert again == frozen  # with the window of the first one
    assert open_frozen(frozen.address) == frozen


def test_the_bytes_do_not_depend_on_the_size_of_batches(
    lake_settings: Settings, lake: Lake, planted: Planted, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted.put(lake)
    frozen = training_frame(lake_settings, UNTIL)
    monkeypatch.setattr(asof_store, "BATCH_ROWS", 5)
    lake.delete([one.key for one in lake.list("datasets/")])
    assert training_frame(lake_settings, UNTIL).sha256 == frozen.sha256


def test_the_manifest_counts_what_the_frame_has(lake_settings: Settings, lake: Lake) -> None:
    ingest_sample(lake_settings, UNTIL)
    update_product_stats(lake_settings)
    frozen = training_frame(lake_settings, UNTIL)
    labelled = {row["review_id"] for row in rows(lake, LABELS)}
    assert frozen.rows == len(labelled) == len(frozen.examples())
    examples = list(frozen.examples())
    assert frozen.held_out == sum(example.held_out for example in examples)
    assert sum(frozen.sources.values()) == frozen.rows
    assert sum(sum(of_label.values()) for of_label in frozen.labels.values()) == frozen.rows
    assert frozen.replayed
    assert frozen.feature_service == "sentiment_training_v1"


def test_a_lake_without_reviews_is_an_error(lake_settings: Settings) -> None:
    with pytest.raises(EmptyLakeError, match="ingest reviews first"):
        training_frame(lake_settings, UNTIL)


def test_a_window_without_reviews_has_too_few(lake_settings: Settings, lake: Lake, planted: Planted) -> None:
    planted.put(lake)
    with pytest.raises(TooFewReviewsError, match="no labelled reviews"):
        training_frame(lake_settings, UNTIL + timedelta(days=400))


def test_the_message_counts_the_reviews_of_each_label(lake_settings: Settings, lake: Lake) -> None:
    planted = Planted()
    planted.crowd(each=5)
    planted.put(lake)
    with pytest.raises(TooFewReviewsError, match="5 positive, 5 negative"):
        training_frame(lake_settings, UNTIL)
    assert not list(lake.list("datasets/"))


def test_a_lake_without_products_has_a_frame(lake_settings: Settings, lake: Lake) -> None:
    planted = Planted()
    planted.crowd()
    planted.put(lake)
    assert training_frame(lake_settings, UNTIL).rows == 24


@pytest.mark.parametrize("lost", ["a row", "a text", "all rows"])
def test_rows_that_feast_loses_stop_the_frame(
    lake_settings: Settings, lake: Lake, planted: Planted, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    planted.put(lake)
    complete = asof_store.AsOfRetrievalJob.to_batches

    def losing(job: asof_store.AsOfRetrievalJob) -> Iterator[pa.RecordBatch]:
        table = pa.Table.from_batches(complete(job))
        if lost == "a text":
            texts = table["text"].to_pylist()
            table = table.set_column(table.column_names.index("text"), "text", [[*texts[:-1], None]])
        yield from table.slice(0, {"a row": table.num_rows - 1, "all rows": 0}.get(lost)).to_batches()

    monkeypatch.setattr(asof_store.AsOfRetrievalJob, "to_batches", losing)
    with pytest.raises(LostRowsError):
        training_frame(lake_settings, UNTIL)
    assert not list(lake.list("datasets/"))


def test_no_frame_is_made_during_an_ingest(
    lake_settings: Settings, lake: Lake, planted: Planted, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted.put(lake)
    monkeypatch.setattr(lease_module, "PATIENCE_S", 0.3)
    with lease_module.lease(lake), pytest.raises(IngestConflictError, match="run this again later"):
        training_frame(lake_settings, UNTIL)
    assert not list(lake.list("datasets/"))
    assert training_frame(lake_settings, UNTIL).rows == 24


def test_a_time_without_a_zone_is_refused(lake_settings: Settings) -> None:
    with pytest.raises(FrameError, match="time zone"):
        training_frame(lake_settings, datetime(2026, 11, 23))  # noqa: DTZ001 - that is what is refused


def test_another_time_zone_is_the_same_time(lake_settings: Settings, lake: Lake, planted: Planted) -> None:
    planted.put(lake)
    zone = datetime(2026, 11, 23, tzinfo=UTC).astimezone().tzinfo
    assert training_frame(lake_settings, UNTIL.astimezone(zone)) == training_frame(lake_settings, UNTIL)


def test_a_damaged_object_is_named(lake_settings: Settings, lake: Lake, planted: Planted) -> None:
    planted.put(lake)
    lake.put("offline/reviews/month=2026-11/broken.parquet", b"this is no parquet file at all")
    with pytest.raises(FeatureError, match=r"broken\.parquet"):
        training_frame(lake_settings, UNTIL)


def test_an_s3_that_is_down_is_one_line(lake_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(SecretError, match="did not answer"):
        training_frame(lake_settings, UNTIL)
    with pytest.raises(LakeError, match="did not answer"):
        training_frame(Settings(lake_bucket=lake_settings.lake_bucket, rater_key_secret=None), UNTIL)
