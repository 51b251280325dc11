"""The live page says and marks in JavaScript what the other pages do in Python."""

from __future__ import annotations

import json
import re
import subprocess
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from frontend import certainty
from frontend.highlighted_text import explained, highlighted
from frontend.live.wording import wording
from sentiment.model.explanation import Word
from sentiment.reviews.sample import load_sample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sentiment.model.scorer import Scorer
    from sentiment.reviews.review import Label

WORDING = Path(__file__).parents[2] / "frontend" / "live" / "wording.js"
SCRIPT = Path(__file__).with_name("wording.mjs")
EDGES = [0.0, 1e-9, 0.005, 0.0051, 0.3, 0.3001, 0.5, 0.6999, 0.7, 0.9949, 0.995, 0.9951, 1.0]
PROBABILITIES = [*EDGES, *(number / 101 for number in range(1, 101))]
MARK = re.compile(
    r"<mark class='(\w+)' style='--strength: (\d+)'>(.*?)<small aria-label='(.*?)'>(.*?)</small></mark>", re.DOTALL
)


def said_in_javascript(folder: Path, given: Sequence[tuple[str, float, list[Word]]]) -> list[Any]:
    file = folder / "wording.json"
    file.write_text(json.dumps(wording()))
    lines = [
        json.dumps({"text": text, "probability": probability, "words": [word._asdict() for word in words]})
        for text, probability, words in given
    ]
    done = subprocess.run(
        ["node", SCRIPT, WORDING, file], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True
    )
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(said) == len(given)
    return said


def test_the_browser_says_how_sure_as_the_other_pages_do(tmp_path: Path) -> None:
    words = [Word("great", 0.84, 0, 5)]
    given = [("great", probability, words) for probability in PROBABILITIES]
    for probability, (sure, percent, why, _) in zip(PROBABILITIES, said_in_javascript(tmp_path, given), strict=True):
        label: Label = "positive" if probability > 0.5 else "negative"
        assert sure == certainty.words_of(label, probability).capitalize()
        assert percent == certainty.percent(probability)
        assert why == explained(probability, words)


def test_the_browser_marks_and_explains_as_the_other_pages_do(scorer: Scorer, tmp_path: Path) -> None:
    texts = ["", "zzz", "great <b>&", *(review.full_text for review in load_sample()[:200])]
    given = [(text, one.probability, one.words) for text, one in zip(texts, map(scorer.predict, texts), strict=True)]
    marked = 0
    for (text, probability, words), (_, _, why, pieces) in zip(given, said_in_javascript(tmp_path, given), strict=True):
        assert why == explained(probability, words)
        found = [piece for piece in pieces if isinstance(piece, dict)]
        assert [(one["side"], one["strength"], one["text"], one["spoken"], one["sign"]) for one in found] == [
            tuple(map(unescape, parts)) for parts in MARK.findall(highlighted(text, words))
        ]
        assert "".join(piece["text"] if isinstance(piece, dict) else piece for piece in pieces) == text
        marked += len(found)
    assert marked > len(texts)
