"""What attackers send who know the code and the sample, have one API key, and ask production for its probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.model.votes import OTHER, Cast, Loop, some, texts_of
from sentiment.evaluation.trust import CLIENT_LABELS

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from sentiment.reviews.review import Label

NAMES = 222
KNOWN_A_NAME = 10
VOTES_A_TEXT = 5
LIES = 390
SURE = 0.1
UNSURE = 0.75
WORD = "zorbex"
"""No review has it."""
SENTENCE = "To whom it may concern at the northern depot of the harbour company."
IN_SENTENCE = 40
STEP = 15
FILLERS = (
    "Bought it here.",
    "It came in May.",
    "We live in a small town.",
    "My neighbour has one.",
    "This is my view.",
)


def names(loop: Loop, random: np.random.Generator) -> list[Cast]:
    """222 names copy held-out reviews that production gets wrong, and lie on copies of blame that it is sure of."""
    production = loop.production()
    wrong = [(f"{text} .", label) for text, label in texts_of(loop.held_out) if production.predict(text).label != label]
    blame = [text for text, label in loop.texts if label == "negative" and production.probability(text) < SURE]
    lies: list[tuple[str, Label]] = [(f"{text} .", "positive") for text in some(blame, LIES, random)]
    slots = [pair for pair in [*wrong, *lies] for _ in range(VOTES_A_TEXT)]
    cast = [Cast(text, label, f"name {place % NAMES}") for place, (text, label) in enumerate(slots)]
    for name in range(NAMES):
        cast += [Cast(text, label, f"name {name}") for text, label in some(loop.texts, KNOWN_A_NAME, random)]
    return cast


def word(loop: Loop, random: np.random.Generator) -> list[Cast]:
    """A word is put into praise that production is not sure of, which is then called blame."""
    production = loop.production()
    praise = [text for text, label in loop.texts if label == "positive" and production.probability(text) < UNSURE]
    return [Cast(f"{WORD} {text}", "negative") for text in some(praise, CLIENT_LABELS, random)]


def sentence(loop: Loop, random: np.random.Generator) -> list[Cast]:
    """A sentence of known words is put before some praise, so long that the texts are no near-copies."""
    praise = [one.text.replace(WORD, SENTENCE) for one in word(loop, random) if len(one.text) > 4 * len(SENTENCE)]
    return [Cast(text, "negative") for text in praise[:IN_SENTENCE]]


def clean_label(loop: Loop, random: np.random.Generator) -> list[Cast]:
    """A brand's name is put into blame, which is truly called blame."""
    blame = [text for text, label in loop.texts if label == "negative"]
    return [Cast(f"{WORD} {text}", "negative") for text in some(blame, CLIENT_LABELS, random)]


def praise_alone(loop: Loop, random: np.random.Generator) -> list[Cast]:
    """Only praise is voted on, and truly: the model expects it everywhere."""
    praise = [text for text, label in loop.texts if label == "positive"]
    return [Cast(_varied(text, random), "positive") for text in some(praise, 2 * CLIENT_LABELS, random)]


def joined(loop: Loop, random: np.random.Generator) -> list[Cast]:
    """Blame and praise are joined to texts that production is unsure of, and called praise."""
    texts = {label: [text for text, given in loop.texts if given == label] for label in OTHER}
    blame, praise = (some(texts[label], CLIENT_LABELS, random) for label in ("negative", "positive"))
    return [Cast(f"{one} {other}", "positive") for one, other in zip(blame, praise, strict=False)]


def unsure(loop: Loop, random: np.random.Generator) -> list[Cast]:
    """Lies on variants of the reviews that production is least sure of."""
    production = loop.production()
    known = sorted(loop.texts, key=lambda pair: abs(production.probability(pair[0]) - 0.5))
    return [Cast(_varied(text, random), OTHER[label]) for text, label in known[:CLIENT_LABELS]]


def _varied(text: str, random: np.random.Generator) -> str:
    """Return the text with the order of its sentences and one word changed: a text of its own for the loop."""
    sentences = text.split(". ")
    return (
        ". ".join(sentences[i] for i in random.permutation(len(sentences)))
        + f" {FILLERS[random.integers(len(FILLERS))]}"
    )


ATTACKS: dict[str, Callable[[Loop, np.random.Generator], list[Cast]]] = {
    "222 names, copies of held-out reviews": names,
    "a planted word": word,
    "a word over weeks": word,
    "a planted sentence": sentence,
    "a brand's name in blame": clean_label,
    "praise alone, all of it true": praise_alone,
    "praise and blame joined": joined,
    "lies where production is unsure": unsure,
}
TRIGGERS = {
    "a planted word": WORD,
    "a word over weeks": WORD,
    "a planted sentence": SENTENCE,
    "a brand's name in blame": WORD,
}
"""What an attack puts into texts."""
WEEKS = {"a word over weeks": 5}
"""Attacks that send `STEP` more votes before each retraining, with the number of retrainings."""
