"""What the registry knows, in words and in tables."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from frontend.clients.registry import Event, Overview, Version
from frontend.decision import Decision
from frontend.quantities import percent
from frontend.registry_words import facts, history, metrics, weights, why
from frontend.telling_words import TellingWord

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
VERSION = Version(
    version="3",
    run_id="run-3",
    trained_at=NOW,
    promoted_at=NOW,
    previous="2",
    reason="Better.",
    decision=None,
    metrics={"f1": 0.91, "calibration_error": 0.0123},
    window=(NOW, NOW),
    replayed=True,
    feature_service="sentiment_training_v1",
    data_sha256="a" * 64,
    artifact_sha256="b" * 64,
)
F1 = {"metric": "f1", "candidate": 0.91, "other": 0.9, "difference": 0.01, "lower": -0.002, "upper": 0.02}
MODELS = {"candidate": {"f1": 0.91, "accuracy": 0.92}, "production": {"f1": 0.9, "accuracy": 0.925}}


def known(decision: Decision | None, compared_with: str | None) -> Overview:
    return Overview(VERSION, decision, compared_with, ["3", "2"], [], [])


def decided(**changes: Any) -> Decision:  # noqa: ANN401 - any field
    stored = {"outcome": "maintains", "held_out": 900, "against_production": [F1], "models": MODELS}
    return Decision.model_validate(stored | changes)


def test_metrics_stand_beside_those_of_the_predecessor_with_intervals() -> None:
    assert metrics(known(decided(), "2")) == {
        "metric": ["F1", "accuracy"],
        "version 3": [percent(0.91, 1), percent(0.92, 1)],
        "version 2": [percent(0.9, 1), percent(0.925, 1)],
        "difference (90 % interval)": [
            "+1.0 points (\N{MINUS SIGN}0.2 to +2.0)",
            "\N{MINUS SIGN}0.5 points (no interval)",
        ],
    }


def test_without_a_predecessor_or_decision_there_are_only_its_own_metrics() -> None:
    assert metrics(known(None, None)) == {
        "metric": ["F1", "calibration error (0 is best)"],
        "version 3": [percent(0.91, 1), "0.012"],
    }
    first = metrics(known(decided(first=True, models={"candidate": {"f1": 0.91}}), None))
    assert first == {"metric": ["F1"], "version 3": [percent(0.91, 1)]}


def test_the_lineage_has_no_empty_value() -> None:
    told = facts(VERSION)
    assert all(told["value"])
    assert "2026-11-23 to 2026-11-23 (replayed: not the reviews' own times)" in told["value"]


def test_the_history_names_what_happened_and_hides_quiet_runs() -> None:
    events = [
        Event(NOW, kind, outcome, version, "why")
        for kind, outcome, version in (
            ("rollback", "served", "2"),
            ("decision", "rejected", "4"),
            ("decision", "improves", "3"),
            ("ended", "no new data", None),
        )
    ]
    assert history(events, quiet=False)["what"] == [
        "version 2: served again",
        "version 4: rejected",
        "version 3: accepted (improves)",
    ]
    assert history(events, quiet=True)["what"][-1] == "run ended"


def test_markup_in_a_reason_is_text() -> None:
    assert history([Event(NOW, "rollback", "served", "2", "*loud*")], quiet=False)["why"] == ["\\*loud\\*"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "No worse than production on 900 held-out reviews: F1 +1.0 points."),
        ({"outcome": "improves"}, "Better than production on 900 held-out reviews: F1 +1.0 points."),
        (
            {"outcome": "improves", "first": True},
            "Accepted as the first model on 900 held-out reviews: F1 +1.0 points against always predicting the",
        ),
        ({"outcome": "rejected"}, "why"),
    ],
)
def test_why_the_gate_accepted_a_version_is_said_in_points(changes: dict[str, Any], said: str) -> None:
    assert why(Event(NOW, "decision", "", "3", "why", decided(**changes))).startswith(said)


def test_a_weight_has_one_digit_and_a_sign() -> None:
    assert weights([TellingWord("great", 6.67), TellingWord("bad", -5.56)])["weight"] == [
        "+6.7",
        "\N{MINUS SIGN}5.6",
    ]
