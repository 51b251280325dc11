"""Reviews of 4,000 words are predicted well offline, in time proportional to their length."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sentiment.cli import app
from sentiment.model.artifact import dump
from sentiment.model.scorer import Scorer
from sentiment.model.trained import TrainedModel
from sentiment.schemas.api import MAX_TEXT
from tests.long_reviews import HOSTILE, WORDS, chinese, english, english_of_short_words, filled


@pytest.mark.parametrize("label", ["positive", "negative"])
@pytest.mark.parametrize("written", [chinese, english])
def test_a_review_of_four_thousand_words_is_predicted_right(
    scorer: Scorer, written: Callable[[str], str], label: str
) -> None:
    answer = scorer.predict(written(label))
    assert answer.label == label
    assert answer.probability > 0.8 if label == "positive" else answer.probability < 0.2
    assert 0 < len(answer.words) <= 10


def test_a_review_of_four_thousand_short_words_is_predicted_right(scorer: Scorer) -> None:
    text = english_of_short_words()
    assert len(text.split()) == WORDS
    assert len(text) <= MAX_TEXT
    assert scorer.predict(text).label == "negative"


@pytest.mark.parametrize("label", ["positive", "negative"])
def test_the_command_line_predicts_what_is_too_long_for_the_api(
    model: TrainedModel, scorer: Scorer, tmp_path: Path, label: str
) -> None:
    path = tmp_path / "model.json.gz"
    path.write_bytes(dump(model.artifact))
    review = english(label)
    assert len(review) > 2 * MAX_TEXT
    done = CliRunner().invoke(app, ["predict", "--model", str(path), "--json"], input=f"{review}\n")
    assert done.exit_code == 0
    answer = json.loads(done.stdout)
    assert answer["label"] == label
    assert answer["probability"] == scorer.predict(review).probability


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE.keys())
def test_four_times_the_text_takes_about_four_times_as_long(scorer: Scorer, unit: str) -> None:
    """Quadratic time would be sixteen times as long."""
    short = seconds(scorer, filled(unit, MAX_TEXT))
    assert seconds(scorer, filled(unit, 4 * MAX_TEXT)) < 10 * short + 0.01


def seconds(scorer: Scorer, text: str) -> float:
    """Return the best of three."""
    taken = []
    for _ in range(3):
        started = time.process_time()
        scorer.predict(text)
        taken.append(time.process_time() - started)
    return min(taken)
