"""The gate's decision: its differences with their limits, in words and as a chart."""

from __future__ import annotations

from frontend.decision import Decision, in_words, points, rules
from frontend.decision_chart import chart

F1 = {"metric": "f1", "candidate": 0.91, "other": 0.9, "difference": 0.01, "lower": -0.002, "upper": 0.02}
STORED = {
    "outcome": "maintains",
    "first": False,
    "held_out": 1234,
    "margin": 0.005,
    "against_production": [F1 | {"detectable": 0.01}],
    "against_anchor": [F1 | {"metric": "macro_f1", "lower": -0.03}],
    "rules": [{"name": "macro_f1 against the anchor", "passed": False, "value": -0.03, "limit": -0.01, "reason": "x"}],
    "fresh": 3,
}


def test_each_difference_has_the_limit_of_its_rule() -> None:
    found = Decision.model_validate(STORED).intervals()
    assert [(one.name, one.limit) for one in found] == [
        ("F1 against production", -0.005),
        ("macro-F1 against the anchor", -0.01),
    ]


def test_a_first_model_has_no_limit() -> None:
    first = Decision.model_validate(STORED | {"first": True, "margin": None, "against_anchor": []})
    assert [(one.name, one.limit) for one in first.intervals()] == [("F1 against the more frequent label", None)]


def test_the_chart_is_also_a_sentence() -> None:
    decided = Decision.model_validate(STORED)
    assert in_words(decided) == (
        "Differences in points on 1,234 held-out reviews, each with its 90 % interval: F1 against production +1.0, "
        "between \N{MINUS SIGN}0.2 and +2.0; macro-F1 against the anchor +1.0, between \N{MINUS SIGN}3.0 and +2.0."
    )
    drawn = chart(decided.intervals()).to_dict()
    (rows,) = [rows for rows in drawn["datasets"].values() if len(rows) == 2]
    assert [row["result"] for row in rows] == ["passes", "does not pass"]


def test_rules_are_named_as_the_documentation_names_metrics() -> None:
    shown = rules(Decision.model_validate(STORED))
    assert (shown["rule"], shown["result"]) == (["macro-F1 against the anchor"], ["✗ does not pass"])


def test_nothing_is_not_minus_nothing() -> None:
    assert [points(one) for one in (-0.0001, 0.0, 0.0123)] == ["0.0", "0.0", "+1.2"]
