"""What moved between two models on the training texts, and who stands behind it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING

from sentiment.evaluation.decision import Rule
from sentiment.evaluation.flipping_phrases import MOST_FLIPPED, FlippingPhrase, FlippingPhrases, Models
from sentiment.evaluation.moved_words import MovedWord, MovedWords
from sentiment.model.tokenizer import tokenize

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sentiment.evaluation.training_text import TrainingText
    from sentiment.reviews.review import Label

STARRED_READ = 100_000
"""Starred texts in which words are counted; the rest is left out: they are ordered by ids, which are hashes."""

RULE = "reviews flipped by a phrase of one client"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What moved, and on whose evidence.

    Attributes:
        words: N-grams that moved most towards either label, from most negative to most positive.
        phrases: Phrases of one client that flip clear reviews.
    """

    words: tuple[MovedWord, ...] = ()
    phrases: tuple[FlippingPhrase, ...] = ()

    def rule(self) -> Rule:
        """Return the gate's rule: no phrase may flip reviews on the evidence of one client."""
        worst = max(self.phrases, key=lambda one: (one.flipped - one.before, one.phrase), default=None)
        if worst is None:
            return Rule(RULE, passed=True, value=0.0, limit=MOST_FLIPPED)
        other = "praise" if worst.label == "negative" else "blame"
        reason = (
            f'"{worst.phrase}" flips {worst.flipped:.0%} of clear {other} (in the anchor {worst.before:.0%}), on the '
            f"evidence of one client, {worst.client[:8] or 'not recorded'} ({worst.texts:,} texts)"
        )
        return Rule(RULE, passed=False, value=worst.flipped - worst.before, limit=MOST_FLIPPED, reason=reason)


def evidence(models: Models, training: Iterable[TrainingText], held_out: Iterable[tuple[str, Label]]) -> Evidence:
    """Return what moved to the candidate on the training texts, and who stands behind it.

    Args:
        models: The artifacts of anchor, production and candidate.
        training: The texts that the candidate was trained on, in no particular order, which can be iterated over twice;
            those of feedback are kept in memory, and of the others `STARRED_READ` are read.
        held_out: Texts and labels of held-out reviews, of which some are clear.
    """
    candidate, production = models.candidate, models.production
    changes = {
        ngram: candidate.ngrams.get(ngram, 0.0) - production.ngrams.get(ngram, 0.0)
        for ngram in {**production.ngrams, **candidate.ngrams}
    }
    given = [(one, tokenize(one.text)) for one in training if one.raters]
    phrases = FlippingPhrases(models, given, held_out)
    words = MovedWords(candidate, production, changes)
    starred = islice((one for one in training if not one.raters), STARRED_READ)
    for one, tokens in chain(given, ((one, tokenize(one.text)) for one in starred)):
        words.add(one, tokens)
        phrases.add(one, tokens)
    return Evidence(words.found(), phrases.found())
