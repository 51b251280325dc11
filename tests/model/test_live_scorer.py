"""The scorer in JavaScript predicts what the one in Python does."""

from __future__ import annotations

import gzip
import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bench.model.data import every_text
from frontend.live.language import language
from sentiment.model.artifact import dump, load
from sentiment.model.scorer import Scorer
from sentiment.reviews.sample import load_sample
from tests import needs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sentiment.model.trained import TrainedModel

SCORER = Path(__file__).parents[2] / "frontend" / "live" / "scorer.js"
PREDICT = Path(__file__).with_name("predict.mjs")
STRANGE = [
    "",
    "ISTANBUL \u0130\u0130 <b>GREAT</b> not a good one",
    "\u03a3\u0391\u03a3 it\u2019s n't o'clock '' don''t ''tis rock'n'roll",
    "x\u00b2 \u2167 \u2780 \u00bd 12345 1,000.50 \u0661\u0662 good_bad __proto__ constructor",
    "\u4e0d\u597d\u3002\u5f88\u68d2\uff01\u30ab\u30e1\u30e9",
    "\U0001f600\U0001f44d\u2764\ufe0f <3 :-) ;-( =d :'( :) :p. :px",
    "e\u0301clair cafe\u0301 \u0915\u093f\u0924\u093e\u092c \U00010400\U00010428 \ufb01ne",
    "not " * 30 + "good, but however bad! very very good? <unclosed " + "great " * 60,
]


def texts() -> Iterator[str]:
    yield from STRANGE
    yield from (review.full_text for review in load_sample())


def assert_alike(model: TrainedModel, folder: Path, given: Iterable[str], *, words_too: bool) -> None:
    data = dump(model.artifact)
    (folder / "artifact.json").write_bytes(gzip.decompress(data))
    (folder / "language.json").write_text(json.dumps(language()))
    scorer, given = Scorer(load(data)), list(given)
    done = subprocess.run(
        ["node", PREDICT, SCORER, folder / "artifact.json", folder / "language.json"],
        input="".join(json.dumps(text) + "\n" for text in given),
        capture_output=True,
        text=True,
        check=True,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(given) > 0
    for text, (probability, words) in zip(given, answers, strict=True):
        assert abs(probability - scorer.probability(text)) <= 1e-12, text
        if words_too:
            expected = scorer.predict(text).words
            assert [word for word, _ in words] == [word.text for word in expected], text
            assert [weight for _, weight in words] == pytest.approx([word.weight for word in expected], abs=1e-9)


def test_the_browser_predicts_what_serving_does(model: TrainedModel, tmp_path: Path) -> None:
    assert_alike(model, tmp_path, texts(), words_too=True)


def test_the_browser_predicts_what_serving_does_on_other_reviews(model: TrainedModel, tmp_path: Path) -> None:
    assert_alike(model, tmp_path, every_text(needs.published_reviews()), words_too=False)
