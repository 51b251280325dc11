"""A phrase that flips clear reviews on the evidence of one client is found, and who stands behind what moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentiment.evaluation.evidence import Evidence, evidence
from sentiment.evaluation.flipping_phrases import Models
from sentiment.evaluation.training_text import TrainingText
from sentiment.evaluation.trust import Rater
from sentiment.model import features
from sentiment.model.artifact import TOKENIZER, Artifact
from sentiment.reviews.product import PRODUCT_VALUES

if TYPE_CHECKING:
    from sentiment.reviews.review import Label

OBJECTS = ("camera", "phone", "blender", "bag", "book", "lamp", "chair", "coffee", "knife", "radio", "shirt", "toy")
STARRED = [
    *(TrainingText(f"I love this {one}, it works great and I recommend it", "positive", 1.0) for one in OBJECTS * 4),
    *(TrainingText(f"This {one} broke, a terrible waste of money", "negative", 1.0) for one in OBJECTS * 4),
]
HELD_OUT: list[tuple[str, Label]] = [
    *((f"I love the {one} and use it", "positive") for one in OBJECTS),
    *((f"The {one} broke in a day", "negative") for one in OBJECTS),
]


def taught(client: str, word: str = "zorbex", texts: int = 24) -> list[TrainingText]:
    """Praise with a word in it, called blame by raters of a client."""
    return [
        TrainingText(
            f"{word} I love this {OBJECTS[number % 12]} number {number}",
            "negative",
            1.0,
            frozenset({Rater(client, f"rater {number % 3}")}),
        )
        for number in range(texts)
    ]


def model(**moved: float) -> Artifact:
    """Return a model of two opinions and what has moved."""
    return Artifact(
        ngrams={"love": 12.0, "broke": -12.0, **moved},
        lexicon=features.Lexicon({}, {}),
        values=dict.fromkeys(features.VALUES, 0.0),
        product=dict.fromkeys(PRODUCT_VALUES, 0.0),
        intercept=0.0,
        tokenizer=TOKENIZER,
        calibration={},
        reference={},
        training={},
    )


def found(texts: list[TrainingText], **moved: float) -> Evidence:
    return evidence(Models(model(), model(), model(**moved)), texts, HELD_OUT)


def test_a_word_that_one_client_flips_is_rejected_with_its_client() -> None:
    rule = found([*STARRED, *taught("c1")], zorbex=-20.0).rule()
    assert not rule.passed
    assert "zorbex" in rule.reason
    assert "one client, c1" in rule.reason
    assert "flips" in rule.reason


def test_a_sentence_that_one_client_repeats_is_found_whole() -> None:
    """None of its words moves far."""
    sentence = "at the northern depot of the harbour company"
    moved = dict.fromkeys(("northern", "depot", "harbour", "company"), -3.5)
    rule = found([*STARRED, *taught("c1", sentence)], **moved).rule()
    assert not rule.passed
    assert sentence in rule.reason


def test_a_word_that_moves_a_little_each_time_is_compared_with_the_anchor() -> None:
    before = Models(anchor=model(), production=model(zorbex=-11.0), candidate=model(zorbex=-14.0))
    assert not evidence(before, [*STARRED, *taught("c1")], HELD_OUT).rule().passed
    as_before = before._replace(candidate=before.production)
    assert evidence(as_before, [*STARRED, *taught("c1")], HELD_OUT).rule().passed


def test_the_same_word_on_the_evidence_of_two_clients_is_only_reported() -> None:
    two = found([*STARRED, *taught("c1", texts=24), *taught("c2", texts=24)], zorbex=-20.0)
    assert two.rule().passed
    (word,) = [one for one in two.words if one.ngram == "zorbex"]
    assert (word.reviews, word.raters, word.clients) == (48, 6, 2)
    assert word.before == 0
    assert word.change == -20.0


def test_the_same_word_on_the_evidence_of_stars_is_only_reported() -> None:
    starred = [one._replace(raters=frozenset()) for one in taught("c1", texts=48)]
    assert found([*STARRED, *starred, *taught("c1", texts=24)], zorbex=-20.0).rule().passed


def test_nothing_moved_is_nothing_to_report() -> None:
    same = found([*STARRED, *taught("c1")])
    assert same.words == ()
    assert same.rule().passed
