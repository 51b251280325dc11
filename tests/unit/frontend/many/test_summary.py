"""What a chart or a bar of progress shows is said in words, too."""

from __future__ import annotations

import pytest

from frontend.many.job import Progress
from frontend.many.summary import chart, how_far, in_words, table, what_is_left, why_it_waits

PROGRESS = Progress(
    rows=2_000, done=1_500, outcomes={"positive": 1_204, "undecided": 0, "negative": 295}, unread=1, seconds_left=90.4
)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.4, "less than a minute left"),
        (59.9, "less than a minute left"),
        (61, "about 1 min left"),
        (5_400, "about 1 h 30 min left"),
        (9_000, "about 2 h 30 min left"),
    ],
)
def test_the_time_left_is_said_in_whole_minutes(seconds: float, said: str) -> None:
    assert how_far(Progress(rows=2_000, done=1_500, seconds_left=seconds)) == f"1,500 of 2,000 rows, {said}"


def test_before_an_estimate_only_rows_are_said() -> None:
    assert how_far(Progress()) == "Reading the file"
    assert how_far(Progress(rows=10)) == "0 of 10 rows"
    assert (what_is_left(Progress()), what_is_left(PROGRESS)) == ("", "500 rows are left.")


def test_a_busy_api_is_said_without_advice_to_try_again() -> None:
    busy = Progress(waiting="There are too many requests at the moment. Try again in a few seconds.")
    said = "There are too many requests at the moment. The last request is being repeated."
    assert (why_it_waits(busy), why_it_waits(PROGRESS)) == (said, "")


def test_the_chart_and_its_words_say_the_same() -> None:
    said = "1,499 reviews: 1,204 positive, 0 undecided and 295 negative. 1 row could not be predicted."
    assert in_words(PROGRESS) == said
    drawn = chart(PROGRESS).to_dict()
    (values,) = drawn["datasets"].values()
    assert [(bar["outcome"], bar["rows"]) for bar in values] == [
        ("positive", 1_204),
        ("undecided", 0),
        ("negative", 295),
        ("not predicted", 1),
    ]
    assert (drawn["title"], drawn["description"]) == ("Reviews by outcome", said)
    assert [drawn["encoding"][axis]["title"] for axis in ("x", "y")] == ["Number of rows", "Outcome"]


def test_a_table_has_no_empty_prediction() -> None:
    predicted = {"row": 1, "text": "x" * 999, "label": "negative", "probability": 0.02, "model_version": "7"}
    assert table([predicted, {"row": 2, "problem": "the text is empty"}]) == {
        "row": [1, 2],
        "prediction": ["negative, 98 % sure", "none: the text is empty"],
        "review": ["x" * 200, ""],
        "model version": ["7", ""],
    }
