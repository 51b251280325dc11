"""Who sends which review and gives what feedback."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import pytest

from sentiment.reviews.held_out import was_held_out
from sentiment.reviews.reading import Columns
from sentiment.reviews.sample import is_fresh, load_sample
from tests.unit.traffic.sent import sent
from traffic.visits import Crowd, Visit, built_in, of_files, visits

if TYPE_CHECKING:
    from pathlib import Path

KNOWN = [sent(f"known {number}", "positive") for number in range(50)]
FRESH = [sent(f"fresh {number}", "negative") for number in range(50)]


def some(number: int, *, new: float = 0.5, crowd: Crowd | None = None, seed: int = 1) -> list[Visit]:
    return list(islice(visits(KNOWN, FRESH, new=new, crowd=crowd or Crowd(10), seed=seed), number))


def test_a_seed_decides_everything() -> None:
    crowd = Crowd(10, malicious=0.3, wrong=0.2)
    assert some(80, crowd=crowd) == some(80, crowd=crowd)
    assert some(80, crowd=crowd) != some(80, crowd=crowd, seed=2)


def test_no_review_is_sent_twice_before_every_one_was_sent() -> None:
    sent = [visit.sent.text for visit in some(100, new=1.0)]

    assert len(set(sent[:50])) == 50
    assert set(sent[50:]) == set(sent[:50])


def test_a_new_review_is_sent_to_several_raters_before_the_next_one() -> None:
    raters: dict[str, list[str]] = {}
    for visit in some(150, new=1.0, crowd=Crowd(10, raters_per_review=3)):
        raters.setdefault(visit.sent.text, []).append(visit.rater)

    assert len(raters) == 50
    assert all(len(set(theirs)) == 3 for theirs in raters.values())


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_the_share_of_new_reviews_is_as_set(share: float) -> None:
    new = sum(visit.new for visit in some(4000, new=share)) / 4000

    assert new == pytest.approx(share, abs=0.03)


def test_without_reviews_of_one_kind_the_other_is_sent() -> None:
    only_known = list(islice(visits(KNOWN, [], new=1.0, crowd=Crowd(1), seed=1), 10))
    only_fresh = list(islice(visits([], FRESH, new=0.0, crowd=Crowd(1), seed=1), 10))

    assert not any(visit.new for visit in only_known)
    assert all(visit.new for visit in only_fresh)


def test_liars_are_the_same_people_in_every_run_and_always_lie() -> None:
    crowd = Crowd(10, malicious=0.3)
    honest: dict[str, set[bool]] = {}
    for visit in some(500, crowd=crowd) + some(500, crowd=crowd, seed=7):
        honest.setdefault(visit.rater, set()).add(visit.honest)

    assert len(honest) == 10
    assert sum(said == {False} for said in honest.values()) == 3
    assert sum(said == {True} for said in honest.values()) == 7


def test_mistakes_are_made_by_anybody() -> None:
    seen = some(4000, crowd=Crowd(10, wrong=0.25))

    assert sum(not visit.honest for visit in seen) / 4000 == pytest.approx(0.25, abs=0.03)
    assert len({visit.rater for visit in seen if not visit.honest}) == 10


def test_the_built_in_reviews_are_known_or_new_to_a_loop() -> None:
    known, fresh = built_in()
    reviews = load_sample()

    assert 500 < len(known) <= sum(was_held_out(review.review_id) for review in reviews)
    assert 900 < len(fresh) <= sum(is_fresh(review) for review in reviews)
    assert not {sent.text for sent in known} & {sent.text for sent in fresh}
    assert any(sent.review.product_id for sent in known)


def test_tables_are_sent_as_their_columns_are_told(tmp_path: Path) -> None:
    path = tmp_path / "cells.txt"
    path.write_text("It works and lasts\t1\nIt broke on day two\t0\n")
    named = Columns(text_column="1", label_column="2", positive="1", negative="0")
    known, fresh = of_files([path], named)
    assert {(sent.text, sent.label) for sent in (*known, *fresh)} == {
        ("It works and lasts", "positive"),
        ("It broke on day two", "negative"),
    }
