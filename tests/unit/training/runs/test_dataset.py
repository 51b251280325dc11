"""Which reviews are trained on, which are held out, and when there are too few of either."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from sentiment.reviews.held_out import PUBLIC
from sentiment.reviews.reading import Columns, UncertainColumnsError
from sentiment.reviews.record import to_line
from sentiment.reviews.sample import load_sample
from training.errors import DataError
from training.runs.dataset import file_dataset, make_dataset, sample_dataset

if TYPE_CHECKING:
    from pathlib import Path

    from sentiment.reviews.review import Review


@pytest.fixture(scope="module")
def reviews() -> list[Review]:
    return load_sample()[::6]


def test_held_out_reviews_are_never_trained_on(reviews: list[Review]) -> None:
    dataset = make_dataset("sample", reviews, replayed=False)
    assert all(example.held_out and PUBLIC.holds_out(example.review.text) for example in dataset.held_out)
    assert not any(example.held_out or PUBLIC.holds_out(example.review.text) for example in dataset.training)
    assert dataset.lineage.held_out_key == PUBLIC.key_fingerprint
    assert len(dataset.training) + len(dataset.held_out) == len(reviews)


def test_the_order_of_the_reviews_and_repeated_ones_change_nothing(reviews: list[Review]) -> None:
    shuffled = [*reviews, *reviews[:100]]
    random.Random(0).shuffle(shuffled)
    dataset = make_dataset("sample", reviews, replayed=False)
    assert make_dataset("sample", shuffled, replayed=False) == dataset
    assert make_dataset("sample", shuffled, replayed=False).trained_on.sha256 == dataset.trained_on.sha256


def test_another_review_or_label_gives_another_checksum(reviews: list[Review]) -> None:
    dataset = make_dataset("sample", reviews, replayed=False)
    first = next(iter(dataset.training)).review
    turned = replace(first, label="negative" if first.label == "positive" else "positive")
    other = make_dataset("sample", [*reviews, turned], replayed=False)
    assert other.trained_on.sha256 != dataset.trained_on.sha256
    assert other.evaluated_on.sha256 == dataset.evaluated_on.sha256


def test_reviews_without_a_label_are_left_out(reviews: list[Review]) -> None:
    unlabelled = [replace(review, label=None) for review in reviews[:50]]
    dataset = make_dataset("sample", [*unlabelled, *reviews[50:]], replayed=False)
    assert len(dataset.training) + len(dataset.held_out) == len(reviews) - 50


@pytest.mark.parametrize("label", ["positive", "negative"])
def test_one_label_alone_is_refused(reviews: list[Review], label: str) -> None:
    with pytest.raises(DataError, match="too few reviews to train on"):
        make_dataset("one", [review for review in reviews if review.label == label], replayed=False)


def test_too_few_held_out_reviews_are_refused(reviews: list[Review]) -> None:
    training = [review for review in reviews if not PUBLIC.holds_out(review.text)]
    with pytest.raises(DataError, match="too few reviews to evaluate on"):
        make_dataset("no held-out ones", training, replayed=False)


def test_no_reviews_are_refused() -> None:
    with pytest.raises(DataError, match="0 positive and 0 negative"):
        make_dataset("nothing", [], replayed=False)


def test_the_sample_is_the_same_all_day_and_says_that_it_is_replayed() -> None:
    morning = sample_dataset(datetime(2026, 11, 23, 0, 0, 1, tzinfo=UTC))
    assert morning == sample_dataset(datetime(2026, 11, 23, 23, 59, tzinfo=UTC))
    assert morning.replayed
    assert "replayed" in morning.name
    assert morning.trained_on.window is not None
    assert morning.trained_on.window[1] < datetime(2026, 11, 23, tzinfo=UTC)


def test_files_give_their_reviews_and_list_unreadable_rows(reviews: list[Review], tmp_path: Path) -> None:
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    first.write_text("".join(to_line(review) + "\n" for review in reviews[:500]))
    second.write_text("".join(to_line(review) + "\n" for review in reviews[400:]) + "no row\n")
    read: list[int] = []
    dataset = file_dataset([first, second], on_bytes=read.append)
    assert dataset.trained_on.sha256 == make_dataset("", reviews, replayed=False).trained_on.sha256
    assert dataset.name == "first.jsonl, second.jsonl"
    assert not dataset.replayed
    assert len(dataset.rejected.splitlines()) == 1
    assert sum(read) == first.stat().st_size + second.stat().st_size


def test_a_table_needs_its_columns_once_and_a_refuted_guess_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    rows = "".join(f"it works and lasts {number},{number % 2}\n" for number in range(1500))
    path.write_text(f"text,liked\n{rows}")
    with pytest.raises(UncertainColumnsError):
        file_dataset([path])
    named = Columns(label_column="liked", positive="1", negative="0")
    assert file_dataset([path], columns=named).trained_on.labels.keys() == {"positive", "negative"}
    path.write_text(f"text,liked\n{rows}it is fine,2\n")
    with pytest.raises(DataError, match="line 1502: the class 2 is neither 1 nor 0"):
        file_dataset([path], columns=named)
