"""The gate's decision: its differences with their limits, in words and as a chart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from frontend.decision import Decision, in_words, points, rules
from frontend.decision_chart import chart
from sentiment.evaluation.gate import decide_first

if TYPE_CHECKING:
    from sentiment.reviews.review import Label

F1 = {"metric": "f1", "candidate": 0.91, "other": 0.9, "difference": 0.01, "lower": -0.002, "upper": 0.02}
RULES = [
    {"name": "f1 against production", "passed": True, "value": 0.01, "limit": 0.0},
    {"name": "f1 against production, lower bound", "passed": True, "value": -0.002, "limit": -0.005},
    {"name": "macro_f1 against the anchor, lower bound", "passed": False, "value": -0.03, "limit": -0.01},
]
STORED = {
    "outcome": "maintains",
    "first": False,
    "held_out": 1234,
    "against_production": [F1 | {"detectable": 0.01}],
    "against_anchor": [F1 | {"metric": "macro_f1", "lower": -0.03}],
    "rules": RULES,
    "fresh": 3,
}


def test_each_difference_has_the_result_of_its_rules() -> None:
    found = Decision.model_validate(STORED).intervals()
    assert [(one.name, one.limit, one.passed) for one in found] == [
        ("F1 against production", -0.005, True),
        ("macro-F1 against the anchor", -0.01, False),
    ]


def test_a_difference_below_production_fails_whatever_its_lower_end() -> None:
    below = [RULES[0] | {"passed": False}, *RULES[1:]]
    assert Decision.model_validate(STORED | {"rules": below}).intervals()[0].passed is False


def test_a_first_model_is_compared_with_the_majority_label() -> None:
    truth: list[Label] = ["positive", "negative"] * 200
    decided = decide_first(truth, [0.9 if label == "positive" else 0.1 for label in truth])
    first = Decision.model_validate(decided.to_dict())
    assert [(one.name, one.limit, one.passed) for one in first.intervals()] == [
        ("F1 against the majority label", None, None),
        ("macro-F1 against the majority label", 0.0, True),
    ]


def test_the_chart_is_also_a_sentence() -> None:
    decided = Decision.model_validate(STORED)
    assert in_words(decided) == (
        "Differences in points on 1,234 held-out reviews, each with its 90 % interval: F1 against production +1.0, "
        "between \N{MINUS SIGN}0.2 and +2.0; macro-F1 against the anchor +1.0, between \N{MINUS SIGN}3.0 and +2.0."
    )
    drawn = chart(decided.intervals()).to_dict()
    (rows,) = [rows for rows in drawn["datasets"].values() if len(rows) == 2]
    assert [row["result"] for row in rows] == ["passes", "fails"]


def test_rules_are_named_as_the_documentation_names_metrics() -> None:
    shown = rules(Decision.model_validate(STORED))
    assert (shown["rule"][2], shown["result"][2]) == ("macro-F1 against the anchor, lower bound", "✗ fails")


def test_nothing_is_not_minus_nothing() -> None:
    assert [points(one) for one in (-0.0001, 0.0, 0.0123)] == ["0.0", "0.0", "+1.2"]
