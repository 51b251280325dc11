"""How sure a prediction is, in words and as a bar."""

from __future__ import annotations

import pytest

from frontend.certainty import bar, in_words
from sentiment.schemas.api import PredictionAnswer


def prediction(probability: float) -> PredictionAnswer:
    return PredictionAnswer(
        prediction_id="01M8PVHN8K5JFCGC3QZ8Y2ESK4",
        label="positive" if probability >= 0.5 else "negative",
        probability=probability,
        model_version="1",
        words=[],
        product_stats="not_asked",
    )


@pytest.mark.parametrize(
    ("probability", "said"),
    [
        (0.884, "positive, 88 % sure"),
        (0.02, "negative, 98 % sure"),
        (0.7, "positive, 70 % sure"),
        (0.69, "undecided (69 % positive)"),
        (0.5, "undecided (50 % positive)"),
        (0.995, "positive, more than 99 % sure"),
        (0.9999, "positive, more than 99 % sure"),
        (0.0004, "negative, more than 99 % sure"),
    ],
)
def test_below_70_percent_a_prediction_is_undecided(probability: float, said: str) -> None:
    assert in_words(prediction(probability)) == said


def test_the_bar_says_in_words_what_it_shows() -> None:
    html = bar(prediction(0.884))
    assert "aria-label='88 % positive'" in html
    assert "Hatched: undecided (30 to 70 %)</p>" in html
    assert "<span class='zone' style='left: 30%; width: 40%'>" in html
    assert "<span class='marker' style='left: 88.4%'>" in html
