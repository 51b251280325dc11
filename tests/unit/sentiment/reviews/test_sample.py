"""The built-in sample is real, labelled, without names and without duplicates."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from importlib.resources import files

import pytest

from sentiment.reviews.held_out import was_held_out
from sentiment.reviews.record import FIELDS
from sentiment.reviews.review import review_id_of
from sentiment.reviews.sample import REPLAYED_DAYS, is_fresh, load_sample, split_group
from sentiment.reviews.sample.build import build
from tests import needs

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_the_sample_has_three_groups_and_both_labels_in_each() -> None:
    groups = Counter((split_group(review), review.label) for review in load_sample())
    assert {group for group, _ in groups} == {"fine_foods", "vader_amazon", "hu_liu"}
    assert all(groups[group, label] > 100 for group, _ in groups for label in ("positive", "negative"))
    assert sum(groups.values()) == 5971


def test_no_text_occurs_twice_even_with_other_case_or_punctuation() -> None:
    words = Counter(tuple(re.findall(r"\w+", review.text.casefold())) for review in load_sample())
    assert words.most_common(1)[0][1] == 1
    assert () not in words


def test_ids_are_those_of_the_content() -> None:
    reviews = load_sample()
    assert len({review.review_id for review in reviews}) == len(reviews)
    for review in reviews:
        own = review_id_of(product_id=review.product_id, title=review.title, text=review.text)
        assert review.review_id == own


def test_records_have_no_field_for_a_reviewer() -> None:
    data = gzip.decompress(files("sentiment.reviews.sample").joinpath("reviews.jsonl.gz").read_bytes())
    assert {tuple(json.loads(line)) for line in data.splitlines()} == {FIELDS}


def test_without_replay_only_real_times_are_given() -> None:
    times = [review.time for review in load_sample() if review.time is not None]
    assert len(times) == 922
    assert {time.year for time in times} <= set(range(2005, 2013))


def test_replayed_times_spread_over_the_last_days_and_repeat() -> None:
    reviews = load_sample(replayed_until=NOW)
    times = [review.time for review in reviews if review.time is not None]
    assert len(times) == len(reviews)
    assert NOW - timedelta(days=REPLAYED_DAYS) < min(times) < NOW - timedelta(days=REPLAYED_DAYS - 1)
    assert NOW - timedelta(days=1) < max(times) <= NOW
    days = Counter((NOW - time).days for time in times)
    assert all(30 < days[day] < 120 for day in range(REPLAYED_DAYS))
    assert reviews == load_sample(replayed_until=NOW.astimezone(timezone(timedelta(hours=9))))


def test_replayed_times_need_a_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        load_sample(replayed_until=datetime(2026, 11, 23))  # noqa: DTZ001 - what must be refused


def test_the_script_builds_the_shipped_sample() -> None:
    folder = needs.published_reviews()
    shipped = files("sentiment.reviews.sample").joinpath("reviews.jsonl.gz").read_bytes()
    assert gzip.decompress(build(folder, Counter())) == gzip.decompress(shipped)


def test_a_fifth_of_what_used_to_be_trained_on_is_fresh() -> None:
    reviews = load_sample()
    fresh = [review for review in reviews if is_fresh(review)]
    trained_on = [review for review in reviews if not was_held_out(review.review_id)]

    assert len(fresh) / len(trained_on) == pytest.approx(0.2, abs=0.01)
    assert set(fresh) < set(trained_on)
    assert {review.label for review in fresh} == {"positive", "negative"}
