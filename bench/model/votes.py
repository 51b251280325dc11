"""A loop before the votes of a benchmark, and what it makes of them, by the functions that a retraining calls.

Each seed draws which reviews the loop starts with, which of them are held out, and which nobody touches: these measure
what the votes do.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from feature_repo.ingest.feedback import RatedPrediction, StarredReview, label_reviews
from feature_repo.ingest.index import key_of
from sentiment.evaluation.metrics import measure
from sentiment.model.artifact import dump, load
from sentiment.model.hyperparameters import Hyperparameters
from sentiment.model.scorer import Scorer
from sentiment.model.training import train
from sentiment.reviews.example import Example, as_examples
from sentiment.reviews.held_out import HoldOut
from sentiment.reviews.identity import fingerprint
from sentiment.reviews.sample import load_sample
from training.retraining.candidate import TrainingExamples
from training.runs.examination import examine
from training.runs.scoring import ANCHOR, CANDIDATE, PRODUCTION, apply_gate, score
from training.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from sentiment.evaluation.decision import Decision
    from sentiment.evaluation.trust import TrustSettings
    from sentiment.reviews.review import Label, Review

UNTIL = datetime(2026, 11, 23, tzinfo=UTC)
VOTED = UNTIL - timedelta(days=5)
REVIEWED = VOTED + timedelta(days=1)
SETTINGS = Settings(mlflow_tracking_uri="http://not-asked", artifacts_bucket="not-asked")
OTHER: dict[Label, Label] = {"positive": "negative", "negative": "positive"}
UNTOUCHED = 0.2
"""Share of the sample that neither the loop nor an attacker has."""
METRICS = ("F1", "macro-F1", "recall of positive", "recall of negative")

Item = TypeVar("Item")


class Cast(NamedTuple):
    """One vote before it is sent: on which text, and what it makes of it."""

    text: str
    label: Label
    rater: str = "somebody"
    client: str = "one key"
    reviewer: bool = False


@dataclass(frozen=True)
class Loop:
    """One seed's loop before the attack.

    Attributes:
        hold_out: What decides which texts are held out.
        examples: The reviews of its lake, with stars; a tenth is held out.
        untouched: Reviews that neither the loop nor an attacker has.
        data: Production's serving export.
        anchor: That of the first version.
    """

    hold_out: HoldOut
    examples: Sequence[Example]
    untouched: Sequence[Review]
    data: bytes
    anchor: bytes

    @classmethod
    def of(cls, seed: int) -> Loop:
        """Return the loop of a seed."""
        sample = [review for review in load_sample(UNTIL) if review.label]
        untouched = np.random.default_rng(seed).random(len(sample)) < UNTOUCHED
        hold_out = HoldOut(f"seed {seed}".encode())
        known = [review for review, left in zip(sample, untouched, strict=True) if not left]
        examples = list(as_examples(known, hold_out))
        data = dump(train(examples, Hyperparameters()).artifact)
        left = [review for review, one in zip(sample, untouched, strict=True) if one]
        return cls(hold_out, examples, left, data, anchor=data)

    @property
    def texts(self) -> list[tuple[str, Label]]:
        """The texts of its reviews, which an attacker knows too, with their labels."""
        return texts_of(self.examples)

    @property
    def held_out(self) -> list[Example]:
        """The held-out reviews."""
        return [example for example in self.examples if example.held_out]

    def production(self) -> Scorer:
        """Return the model in production."""
        return Scorer(load(self.data))


class Retrained(NamedTuple):
    """What a retraining made of votes: the candidate, the gate's decision, and how many texts feedback labelled."""

    data: bytes
    decision: Decision
    labelled: int

    @property
    def candidate(self) -> Scorer:
        """The candidate."""
        return Scorer(load(self.data))


def retrain(loop: Loop, cast: Iterable[Cast], settings: TrustSettings, starred: dict[int, StarredReview]) -> Retrained:
    """Return what the loop makes of these votes."""
    production = loop.production()
    rated = [
        RatedPrediction(
            prediction_id=f"{number:06}",
            text=one.text,
            product_id=None,
            predicted_at=VOTED,
            label=one.label,
            rater=one.rater,
            rated_at=REVIEWED if one.reviewer else VOTED,
            probability=production.probability(one.text),
            client=one.client,
            reviewer=one.reviewer,
        )
        for number, one in enumerate(cast)
    ]
    held_out = [text for text, _ in texts_of(loop.held_out)]
    since = UNTIL - timedelta(days=90)
    labelled = label_reviews(rated, starred, since, loop.hold_out, settings, held_out_texts=held_out).labelled
    taught = [Example(replace(one.review, label=one.feedback.label), one.feedback.weight) for one in labelled]
    training = TrainingExamples([*loop.examples, *taught], SETTINGS.feedback_share)
    data = dump(train(training, Hyperparameters()).artifact)
    models = {
        name: (export, sha256(export).hexdigest())
        for name, export in ((CANDIDATE, data), (PRODUCTION, loop.data), (ANCHOR, loop.anchor))
    }
    raters = {one.review.review_id: one.feedback.raters for one in labelled}
    also = examine(models, training, loop.held_out, raters).rules()
    return Retrained(data, apply_gate(score(loop.held_out, models), SETTINGS, also), len(labelled))


def public(loop: Loop) -> dict[int, StarredReview]:
    """Return the reviews of the sample that the loop has, none of which can show trust."""
    return {
        key_of(fingerprint(example.review.full_text)): StarredReview(
            example.review.review_id, example.label, example.held_out, public=True
        )
        for example in loop.examples
    }


def texts_of(examples: Iterable[Example]) -> list[tuple[str, Label]]:
    """Return the texts of labelled reviews with their labels."""
    return [(example.review.full_text, example.label) for example in examples if example.label]


def some(items: Sequence[Item], count: int, random: np.random.Generator) -> list[Item]:
    """Return `count` random items at most."""
    return [items[i] for i in random.permutation(len(items))[:count].tolist()]


def measured(scorer: Scorer, reviews: Sequence[Review]) -> NDArray[np.float64]:
    """Return `METRICS` on reviews, in points."""
    found = measure(
        np.array([review.label == "positive" for review in reviews]),
        np.array([scorer.probability(review.full_text) for review in reviews]),
    )
    return 100 * np.array([found.f1, found.macro_f1, found.recall, found.tn / (found.tn + found.fp)])
