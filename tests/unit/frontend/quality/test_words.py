"""The figures in words: plain sentences, sensible digits, and nothing that is not known."""

from __future__ import annotations

from datetime import timedelta

import pytest

from frontend.quality import words
from frontend.quality.figures import Coverage, Production, Quality, Verdict
from frontend.quality.reading import Curve, OverTime, Point, Promotion
from frontend.quantities import NO_BREAK
from sentiment.evaluation.live_quality import Cells, Proportion
from tests.unit.frontend.quality.samples import NOW

WIDE, NARROW = Proportion(0.912, 0.83, 0.94), Proportion(0.9123, 0.9, 0.92)


def plainly(text: str) -> str:
    return text.replace(NO_BREAK, " ")


def of(values: list[float], name: str = "audit", version: str = "7") -> Curve:
    return Curve(name, version, [Point(NOW + timedelta(minutes=place), value) for place, value in enumerate(values)])


def test_a_wide_interval_takes_digits_from_its_proportion() -> None:
    assert plainly(words.with_interval(WIDE)) == "91 % (83 to 94 %)"
    assert plainly(words.with_interval(NARROW)) == "91.2 % (90.0 to 92.0 %)"
    assert words.with_interval(None) == "no labels"


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        (Verdict(140, WIDE, 0.87, fell=False), "Quality has not fallen: of 140 audited labels"),
        (Verdict(140, WIDE, None, fell=None), "Of 140 audited labels since the promotion, 91 % confirm the model"),
        (Verdict(34, WIDE, 0.87, fell=False), "There are not enough audited labels yet to say whether quality has"),
        (Verdict(0, None, None, fell=None), "There are not enough audited labels yet"),
        (Verdict(34, WIDE, 0.87, fell=True), "Quality has fallen: audited labels prove that accuracy is below 87.0 %"),
    ],
)
def test_the_verdict_says_what_the_labels_carry(verdict: Verdict, said: str) -> None:
    assert plainly(words.verdict(Production("7", NOW, verdict))).startswith(said)


def test_too_few_labels_say_what_they_carry_so_far() -> None:
    few = Quality("24h", 34, enough=False, accuracy=WIDE, f1=None)
    assert plainly(words.so_far(few)) == "So far 91 % (95 % interval 83 to 94 %)."
    assert words.so_far(few._replace(labels=0, accuracy=None)) == "There are no labels."
    assert words.of_window(few, WIDE) == "not enough labels"


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (99, "1 audited label left until the first verdict on version 7."),
        (1234, "1,234 audited labels on version 7: each one is a new verdict on it."),
    ],
)
def test_labels_left_until_the_verdict_are_counted(labels: int, said: str) -> None:
    assert words.labels_left(Production("7", NOW, Verdict(labels, WIDE, 0.87, fell=False))) == said


def test_a_monitor_that_stands_still_is_named() -> None:
    assert words.freshness(timedelta(seconds=40)) == "Computed 40 s ago."
    assert words.freshness(timedelta(minutes=125)).startswith("The monitor has stood still for 2 h 5 min:")


def test_coverage_says_by_whom_and_who_did_not_answer() -> None:
    known = Coverage({"audit": 0.021, "voluntary": 0.0004}, 0.25)
    said = plainly(words.coverage(known, "24h"))
    assert "Audited labels (random draw): 2.1; people's thumbs, biased: less than 0.1." in said
    assert "drawn for reviewers, 25 % have no label" in said
    assert words.coverage(Coverage({}, None), "1h") == "There were no predictions in the last hour."
    assert "No prediction was drawn" in words.coverage(Coverage({"audit": 0}, None), "1h")


def test_a_line_is_told_by_its_ends_and_its_extremes() -> None:
    assert words.course(of([0.1, 0.1]), words.psi) == "0.10 all the time"
    assert words.course(of([0.1, 0.2]), words.psi) == "0.10 at first, 0.20 at the end"
    assert words.course(of([0.1, 0.3, 0.2]), words.psi) == "0.10 at first, 0.20 at the end (lowest 0.10, highest 0.30)"


def test_lines_of_several_versions_say_which_they_are() -> None:
    lines = [of([0.1]), of([0.2], version="8")]
    assert words.courses(lines, {"audit": "reviewers"}, words.psi, "empty") == (
        "Reviewers, version 7: 0.10 all the time. Reviewers, version 8: 0.20 all the time."
    )
    assert words.courses(lines[:1], {}, words.psi, "empty") == "Audit: 0.10 all the time."
    assert words.courses([], {}, words.psi, "empty") == "empty"


@pytest.mark.parametrize(
    ("latency", "said"), [(0.0042, "4.2 ms"), (0.0118, "12 ms"), (0.25, "250 ms"), (0.994, "990 ms"), (1.34, "1.3 s")]
)
def test_latency_has_two_digits_that_count(latency: float, said: str) -> None:
    assert words.seconds(latency) == said


def test_versions_and_promotions_are_named() -> None:
    hour = timedelta(hours=1)
    over = OverTime(NOW - hour, NOW, hour / 120, [], [], [], [], [], [])
    first, second = Promotion(NOW - 2 * hour, "7"), Promotion(NOW - hour / 2, "8")
    assert words.marks(over) == "No version was in production."
    assert words.marks(over._replace(promotions=[first])) == "Version 7 was in production all the time."
    assert words.marks(over._replace(promotions=[first, second])) == (
        "Version 7 was in production at first. Vertical lines: version 8 went into production on 2026-11-30 11:30 UTC."
    )


def test_a_confusion_matrix_is_told_in_a_sentence() -> None:
    assert words.confusion(Cells(8, 2, 5, 1)) == (
        "Of 10 reviews that the model called positive, 2 are negative. Of 6 reviews that it called negative, 1 is "
        "positive. That makes 13 of 16 labels right."
    )
    assert words.confusion(Cells()) == "There are no labels."
