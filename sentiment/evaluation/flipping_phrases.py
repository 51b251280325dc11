"""Phrases of one client that flip clear reviews: for the gate.

One API key can flip what a word means: a few dozen texts that hold it, all with one label, true or not. No held-out
review shows that. So the phrases that a client's texts repeat are put into held-out reviews, to see whether they flip
them.

Why, and what is measured: docs/decisions/0022-the-gate.md.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from sentiment.evaluation.metrics import THRESHOLD
from sentiment.model import features
from sentiment.model.scorer import Scorer
from sentiment.reviews.review import Label  # noqa: TC001 - pydantic reads the fields' types

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Sequence

    from sentiment.evaluation.training_text import TrainingText
    from sentiment.model.artifact import Artifact

LONGEST_PHRASE = 4
"""Tokens of a short phrase. A longer one is a sentence: each run of so many of its tokens is repeated."""

LEAST_TEXTS = 5
"""Texts of a client that must hold a phrase: a model learns little from fewer."""

FAR = 7.0
"""How far the weights of a phrase's n-grams must move, together; what honest feedback teaches moves by 6.2 at most."""

MOST_FLIPPED = 0.05
"""Share of clear reviews that a phrase may flip beyond those that it flips in the anchor."""

ONE_CLIENT = 0.5
"""Share of the weight behind a move above which it rests on one client."""

ASKED = 100
"""Clear reviews of each label that a phrase is put into."""

CLEAR = 0.7
"""Probability that all models give the label of a clear review."""

PHRASES_TRIED = 100
"""Phrases that are put into reviews: those whose weights changed most."""


class Models(NamedTuple):
    """The artifacts of the models that are compared."""

    anchor: Artifact
    production: Artifact
    candidate: Artifact


@dataclass(frozen=True, slots=True)
class FlippingPhrase:
    """A phrase that a client's texts repeat, and that flips clear reviews of the other label.

    Attributes:
        phrase: Its tokens, separated by spaces.
        label: The label that it flips reviews to.
        flipped: Share of clear reviews of the other label that the candidate flips.
        before: The same of the anchor.
        client: The client that most of the evidence comes from.
        texts: How many of its training texts have the phrase and this label.
    """

    phrase: str
    label: Label
    flipped: float
    before: float
    client: str
    texts: int


class FlippingPhrases:
    """Counts the training texts that have the phrases which flip clear reviews.

    A candidate is compared with the anchor, since a phrase may move a little with each version, and with production.

    Args:
        models: The artifacts.
        given: The training texts that feedback labelled, with their tokens.
        held_out: Texts and labels of held-out reviews, of which some are clear.
    """

    def __init__(
        self,
        models: Models,
        given: Sequence[tuple[TrainingText, Sequence[str]]],
        held_out: Iterable[tuple[str, Label]],
    ) -> None:
        self._counts = {found: _Count() for found in _flipping(models, given, held_out)}

    def add(self, one: TrainingText, tokens: Sequence[str]) -> None:
        """Count a text; a label that several clients stand behind is nobody's alone."""
        joined = f" {' '.join(tokens)} "
        for found, count in self._counts.items():
            if found.label == one.label and f" {found.phrase} " in joined:
                count.weight += one.weight
                if len(one.clients) == 1:
                    (client,) = one.clients
                    count.of_client[client] += one.weight
                    count.texts_of_client[client] += 1

    def found(self) -> tuple[FlippingPhrase, ...]:
        """Return the phrases that rest on one client alone."""
        return tuple(self._of_one_client())

    def _of_one_client(self) -> Iterator[FlippingPhrase]:
        for found, count in self._counts.items():
            client = max(sorted(count.of_client), key=count.of_client.__getitem__, default=None)
            if client is not None and count.of_client[client] > ONE_CLIENT * count.weight:
                yield FlippingPhrase(**found._asdict(), client=client, texts=count.texts_of_client[client])


@dataclass(slots=True)
class _Count:
    weight: float = 0.0
    of_client: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    texts_of_client: Counter[str] = field(default_factory=Counter)


class _Flipping(NamedTuple):
    """A phrase that flips reviews, before its evidence is counted."""

    phrase: str
    label: Label
    flipped: float
    before: float


def _flipping(
    models: Models, given: Sequence[tuple[TrainingText, Sequence[str]]], held_out: Iterable[tuple[str, Label]]
) -> Iterator[_Flipping]:
    """Yield the phrases that texts of one client repeat and that flip more clear reviews than before."""
    scorers = tuple(map(Scorer, models))
    clear = _clear(scorers, held_out)
    moved = [(change, phrase) for phrase in _repeated(given) if abs(change := _change(phrase, models)) >= FAR]
    for change, phrase in sorted(moved, key=lambda one: (-abs(one[0]), one[1]))[:PHRASES_TRIED]:
        label: Label = "positive" if change > 0 else "negative"
        texts = [f"{text} {phrase}" for text in clear["negative" if label == "positive" else "positive"]]
        if texts:
            anchor, production, flipped = (_share(scorer, texts, label) for scorer in scorers)
            if flipped - anchor > MOST_FLIPPED and flipped > production:
                yield _Flipping(phrase, label, flipped, anchor)


def _repeated(given: Sequence[tuple[TrainingText, Sequence[str]]]) -> set[str]:
    """Return the short phrases that `LEAST_TEXTS` texts of one client have, and the sentences made of them."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one, tokens in given:
        phrases = _phrases(tokens)
        for client in one.clients:
            counts[client].update(phrases)
    repeated = {
        client: {phrase for phrase, count in found.items() if count >= LEAST_TEXTS} for client, found in counts.items()
    }
    sentences = {
        sentence for one, tokens in given for client in one.clients for sentence in _sentences(tokens, repeated[client])
    }
    return sentences.union(*repeated.values())


def _sentences(tokens: Sequence[str], repeated: Container[str]) -> Iterator[str]:
    """Yield the longest runs of more than `LONGEST_PHRASE` tokens of which each so many are repeated."""
    start = None
    for place in range(len(tokens) - LONGEST_PHRASE + 2):
        if place + LONGEST_PHRASE <= len(tokens) and " ".join(tokens[place : place + LONGEST_PHRASE]) in repeated:
            start = place if start is None else start
        elif start is not None:
            if place - start > 1:
                yield " ".join(tokens[start : place + LONGEST_PHRASE - 1])
            start = None


def _share(model: Scorer, texts: Sequence[str], label: Label) -> float:
    return sum(_probability(model, text, label) > THRESHOLD for text in texts) / len(texts)


def _probability(model: Scorer, text: str, label: Label) -> float:
    positive = model.probability(text)
    return positive if label == "positive" else 1.0 - positive


def _phrases(tokens: Sequence[str]) -> set[str]:
    """Return the phrases of a text, their tokens joined by spaces."""
    return {
        " ".join(tokens[start : start + length])
        for length in range(1, LONGEST_PHRASE + 1)
        for start in range(len(tokens) - length + 1)
    }


def _change(phrase: str, models: Models) -> float:
    """Return by how much the weights of a phrase's n-grams changed since the anchor, together."""
    ngrams = features.distinct_ngrams(features.read(phrase.split(" "), models.candidate.lexicon))
    return math.fsum(models.candidate.ngrams.get(one, 0.0) - models.anchor.ngrams.get(one, 0.0) for one in ngrams)


def _clear(models: Sequence[Scorer], held_out: Iterable[tuple[str, Label]]) -> dict[Label, list[str]]:
    """Return the first held-out reviews of each label that all models are sure of, and right."""
    clear: dict[Label, list[str]] = {"positive": [], "negative": []}
    for text, label in held_out:
        if len(clear[label]) < ASKED and all(_probability(model, text, label) >= CLEAR for model in models):
            clear[label].append(text)
    return clear
