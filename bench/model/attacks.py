"""What one API key can do to the loop: votes become labels, a candidate and a decision by the functions that it calls.

Each seed draws which reviews the loop starts with, which of them are held out, and which nobody touches: these measure
the damage. An attacker knows the code and the sample, has one API key, and asks production for its probabilities.
"""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from multiprocessing import get_context
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np
from threadpoolctl import threadpool_limits

from bench.model.audits import CLIENTS, FLOOD, THUMBS, Audit, audit
from bench.model.data import another_shop
from bench.row import Row
from feature_repo.ingest.feedback import RatedPrediction, StarredReview, label_reviews
from feature_repo.ingest.index import key_of
from sentiment.evaluation.metrics import measure
from sentiment.evaluation.trust import CLIENT_LABELS, TrustSettings
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
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from sentiment.evaluation.decision import Decision
    from sentiment.reviews.review import Label, Review

SEEDS = 20
MOST_LOST = 0.5
"""Points of either F1 and of either recall that untouched reviews may lose."""

UNTIL = datetime(2026, 11, 23, tzinfo=UTC)
VOTED = UNTIL - timedelta(days=5)
SETTINGS = Settings(mlflow_tracking_uri="http://not-asked", artifacts_bucket="not-asked")
OTHER: dict[Label, Label] = {"positive": "negative", "negative": "positive"}

UNTOUCHED = 0.2
"""Share of the sample that the loop and the attacker do not have."""

NAMES = 222
KNOWN_A_NAME = 10
VOTES_A_TEXT = 5
LIES = 390
SURE = 0.1
UNSURE = 0.75
USERS = 720
VOTES_A_REVIEW = 3
WRONG = 0.1
KNOWN_A_USER = 8.0
ASKED_OF_SHOP = 0.6
REVIEWED_OF_SHOP = 0.3
MACRO = 1
LEAST_KEPT = 0.8
"""Share of what honest feedback gained before there were clients that it must still gain."""
WORD = "zorbex"
"""No review has it."""
FILLERS = (
    "Bought it here.",
    "It came in May.",
    "We live in a small town.",
    "My neighbour has one.",
    "This is my view.",
)

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
    """

    hold_out: HoldOut
    examples: Sequence[Example]
    untouched: Sequence[Review]
    data: bytes

    @classmethod
    def of(cls, seed: int) -> Loop:
        """Return the loop of a seed."""
        sample = [review for review in load_sample(UNTIL) if review.label]
        untouched = np.random.default_rng(seed).random(len(sample)) < UNTOUCHED
        hold_out = HoldOut(f"seed {seed}".encode())
        known = [review for review, left in zip(sample, untouched, strict=True) if not left]
        examples = list(as_examples(known, hold_out))
        data = dump(train(examples, Hyperparameters()).artifact)
        return cls(hold_out, examples, [review for review, left in zip(sample, untouched, strict=True) if left], data)

    @property
    def held_out(self) -> list[Example]:
        """The held-out reviews."""
        return [example for example in self.examples if example.held_out]

    def production(self) -> Scorer:
        """Return the model in production."""
        return Scorer(load(self.data))


class Retrained(NamedTuple):
    """What a retraining made of votes: the candidate, the gate's decision, and how many texts feedback labelled."""

    candidate: Scorer
    decision: Decision
    labelled: int


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
            rated_at=VOTED,
            probability=production.probability(one.text),
            client=one.client,
            reviewer=one.reviewer,
        )
        for number, one in enumerate(cast)
    ]
    held_out = [text for text, _ in _texts(loop.held_out)]
    since = UNTIL - timedelta(days=90)
    labelled = label_reviews(rated, starred, since, loop.hold_out, settings, held_out_texts=held_out).labelled
    taught = [Example(replace(one.review, label=one.feedback.label), one.feedback.weight) for one in labelled]
    training = TrainingExamples([*loop.examples, *taught], SETTINGS.feedback_share)
    data = dump(train(training, Hyperparameters()).artifact)
    models = {
        name: (export, sha256(export).hexdigest())
        for name, export in ((CANDIDATE, data), (PRODUCTION, loop.data), (ANCHOR, loop.data))
    }
    raters = {one.review.review_id: one.feedback.raters for one in labelled}
    also = examine(models, training, loop.held_out, raters).rules()
    return Retrained(Scorer(load(data)), apply_gate(score(loop.held_out, models), SETTINGS, also), len(labelled))


def names(loop: Loop, random: np.random.Generator) -> list[Cast]:
    """222 names copy held-out reviews that production gets wrong, and lie on copies of blame that it is sure of."""
    production = loop.production()
    wrong = [(f"{text} .", label) for text, label in _texts(loop.held_out) if production.predict(text).label != label]
    blame = [text for text, label in _known(loop) if label == "negative" and production.probability(text) < SURE]
    lies: list[tuple[str, Label]] = [(f"{text} .", "positive") for text in _some(blame, LIES, random)]
    slots = [pair for pair in [*wrong, *lies] for _ in range(VOTES_A_TEXT)]
    cast = [Cast(text, label, f"name {place % NAMES}") for place, (text, label) in enumerate(slots)]
    for name in range(NAMES):
        cast += [Cast(text, label, f"name {name}") for text, label in _some(_known(loop), KNOWN_A_NAME, random)]
    return cast


def word(loop: Loop, random: np.random.Generator) -> list[Cast]:
    """A word is put into praise that production is not sure of, which is then called blame."""
    production = loop.production()
    praise = [text for text, label in _known(loop) if label == "positive" and production.probability(text) < UNSURE]
    return [Cast(f"{WORD} {text}", "negative") for text in _some(praise, CLIENT_LABELS, random)]


def clean_label(loop: Loop, random: np.random.Generator) -> list[Cast]:
    """A brand's name is put into blame, which is truly called blame."""
    blame = [text for text, label in _known(loop) if label == "negative"]
    return [Cast(f"{WORD} {text}", "negative") for text in _some(blame, CLIENT_LABELS, random)]


def praise_alone(loop: Loop, random: np.random.Generator) -> list[Cast]:
    """Only praise is voted on, and truly: the model expects it everywhere."""
    praise = [text for text, label in _known(loop) if label == "positive"]
    return [Cast(_varied(text, random), "positive") for text in _some(praise, 2 * CLIENT_LABELS, random)]


def joined(loop: Loop, random: np.random.Generator) -> list[Cast]:
    """Blame and praise are joined to texts that production is unsure of, and called praise."""
    texts = {label: [text for text, given in _known(loop) if given == label] for label in OTHER}
    blame, praise = (_some(texts[label], CLIENT_LABELS, random) for label in ("negative", "positive"))
    return [Cast(f"{one} {other}", "positive") for one, other in zip(blame, praise, strict=False)]


def unsure(loop: Loop, random: np.random.Generator) -> list[Cast]:
    """Lies on variants of the reviews that production is least sure of."""
    production = loop.production()
    known = sorted(_known(loop), key=lambda pair: abs(production.probability(pair[0]) - 0.5))
    return [Cast(_varied(text, random), OTHER[label]) for text, label in known[:CLIENT_LABELS]]


ATTACKS: dict[str, Callable[[Loop, np.random.Generator], list[Cast]]] = {
    "222 names, copies of held-out reviews": names,
    "a word that turns praise round": word,
    "a brand's name in true blame": clean_label,
    "praise alone, all of it true": praise_alone,
    "praise and blame joined": joined,
    "lies where production is unsure": unsure,
}
WITH_A_WORD = ("a word that turns praise round", "a brand's name in true blame")


def _texts(examples: Iterable[Example]) -> list[tuple[str, Label]]:
    return [(example.review.full_text, example.label) for example in examples if example.label]


def _known(loop: Loop) -> list[tuple[str, Label]]:
    """Return the texts that an attacker knows: the sample, without what nobody touches."""
    return _texts(loop.examples)


def _some(items: Sequence[Item], count: int, random: np.random.Generator) -> list[Item]:
    return [items[i] for i in random.permutation(len(items))[:count].tolist()]


def _varied(text: str, random: np.random.Generator) -> str:
    """Return the text with the order of its sentences and one word changed: a text of its own for the loop."""
    sentences = text.split(". ")
    return (
        ". ".join(sentences[i] for i in random.permutation(len(sentences)))
        + f" {FILLERS[random.integers(len(FILLERS))]}"
    )


METRICS = ("F1", "macro-F1", "recall of positive", "recall of negative")


def measured(scorer: Scorer, reviews: Sequence[Review]) -> NDArray[np.float64]:
    """Return `METRICS` on reviews, in points."""
    found = measure(
        np.array([review.label == "positive" for review in reviews]),
        np.array([scorer.probability(review.full_text) for review in reviews]),
    )
    return 100 * np.array([found.f1, found.macro_f1, found.recall, found.tn / (found.tn + found.fp)])


def turned(scorer: Scorer, reviews: Sequence[Review]) -> float:
    """Return the share of praise that is called blame with the attackers' word in it, in percent."""
    praise = [review.full_text for review in reviews if review.label == "positive"]
    return 100 * float(np.mean([scorer.predict(f"{WORD} {text}").label == "negative" for text in praise]))


class Result(NamedTuple):
    """What votes did to one loop.

    Attributes:
        changes: Of `METRICS` on untouched reviews, by the candidate, in points.
        turned: Of the share of praise that the attackers' word turns round, in points.
        labelled: How many texts feedback labelled.
        reasons: Why the gate rejects the candidate; none if it is promoted.
    """

    changes: NDArray[np.float64]
    turned: float
    labelled: int
    reasons: tuple[str, ...]


def attacked(loop: Loop, name: str, seed: int) -> Result:
    """Return what an attack does to a loop with the settings of a new one."""
    cast = ATTACKS[name](loop, np.random.default_rng(seed))
    made, before = retrain(loop, cast, TrustSettings(), public(loop)), loop.production()
    return Result(
        measured(made.candidate, loop.untouched) - measured(before, loop.untouched),
        turned(made.candidate, loop.untouched) - turned(before, loop.untouched),
        made.labelled,
        made.decision.reasons,
    )


def public(loop: Loop) -> dict[int, StarredReview]:
    """Return the reviews of the sample that the loop has, none of which can show trust."""
    return {
        key_of(fingerprint(example.review.full_text)): StarredReview(
            example.review.review_id, example.label, example.held_out, public=True
        )
        for example in loop.examples
    }


class Shop(NamedTuple):
    """Another shop's reviews: on the first, people vote; the others are untouched."""

    asked: Sequence[Review]
    untouched: Sequence[Review]

    @classmethod
    def of(cls, seed: int) -> Shop | None:
        """Return the shop of a seed; None if the review sets are missing."""
        reviews = another_shop()
        if reviews is None:
            return None
        shuffled = _some(reviews, len(reviews), np.random.default_rng(seed))
        asked = round(ASKED_OF_SHOP * len(shuffled))
        return cls(shuffled[:asked], shuffled[asked:])


def honest(shop: Shop, random: np.random.Generator) -> list[Cast]:
    """Three users vote on each review, and one vote in ten is wrong."""
    return [
        Cast(review.full_text, OTHER[review.label] if random.random() < WRONG else review.label, f"user {user}")
        for review in shop.asked
        for user in random.integers(USERS, size=VOTES_A_REVIEW)
        if review.label
    ]


def before_there_were_clients(loop: Loop, cast: Sequence[Cast], random: np.random.Generator) -> Retrained:
    """Return what the loop made of votes when every name was trusted by itself, on public reviews."""
    known = [
        Cast(text, OTHER[label] if random.random() < WRONG else label, name)
        for name in sorted({one.rater for one in cast})
        for text, label in _some(_known(loop), int(random.poisson(KNOWN_A_USER)), random)
    ]
    everything_counts = {key: one._replace(held_out=True, public=False) for key, one in public(loop).items()}
    each_alone = TrustSettings(vouching=frozenset({cast[0].client}))
    return retrain(loop, [*cast, *known], each_alone, everything_counts)


def gains(loop: Loop, shop: Shop, seed: int) -> NDArray[np.float64]:
    """Return points of macro-F1 that honest votes gain on the shop's untouched reviews.

    Of a client that vouches, with reviewers who label some of what its raters voted on; of a small shop with one key
    and no reviewer; and before there were clients.
    """
    random = np.random.default_rng(seed)
    cast = honest(shop, random)
    labels = {review.full_text: review.label for review in shop.asked if review.label}
    reviewed = [
        Cast(text, labels[text], client="reviewers", reviewer=True)
        for text in _some(sorted(labels), round(REVIEWED_OF_SHOP * len(labels)), random)
    ]
    made = (
        retrain(loop, [*cast, *reviewed], TrustSettings(vouching=frozenset({cast[0].client})), public(loop)),
        retrain(loop, cast, TrustSettings(), public(loop)),
        before_there_were_clients(loop, cast, random),
    )
    production = measured(loop.production(), shop.untouched)
    return np.array([(measured(one.candidate, shop.untouched) - production)[MACRO] for one in made])


def run() -> list[Row]:
    """Return what each attack costs through the gate, and what is left of the gain by honest feedback."""
    with ProcessPoolExecutor(min(2, os.cpu_count() or 1), mp_context=get_context("spawn")) as processes:
        found = list(processes.map(_seed, range(SEEDS)))
    rows = []
    for name in ATTACKS:
        results = [attacks[name] for attacks, _ in found]
        rows.append(_loss_row(name, results))
        if name in WITH_A_WORD:
            rows.append(_word_row(name, results))
    rows += _audit_rows([audit(seed, UNTIL) for seed in range(SEEDS)])
    gained = [kept for _, kept in found if kept is not None]
    return [*rows, *_honest_rows(np.array(gained))] if gained else rows


def _seed(seed: int) -> tuple[dict[str, Result], NDArray[np.float64] | None]:
    with threadpool_limits(1):
        loop, shop = Loop.of(seed), Shop.of(seed)
        return {name: attacked(loop, name, seed) for name in ATTACKS}, None if shop is None else gains(loop, shop, seed)


def _loss_row(name: str, results: Sequence[Result]) -> Row:
    """Return the largest mean loss of either F1 and of either recall; a rejected candidate costs nothing."""
    changes = np.array([np.zeros(len(METRICS)) if one.reasons else one.changes for one in results])
    mean, error = changes.mean(axis=0), changes.std(axis=0, ddof=1) / np.sqrt(len(results))
    worst = int(mean.argmin())
    alone = np.array([one.changes for one in results]).mean(axis=0)
    return Row(
        name=name,
        measured=max(0.0, -float(mean[worst])),
        reach=MOST_LOST,
        unit="points",
        note=f"{METRICS[worst]}, ± {error[worst]:.2f} over {len(results)} seeds; rejected in "
        f"{sum(bool(one.reasons) for one in results)}, without the gate {-float(alone.min()):.2f}; "
        f"{np.mean([one.labelled for one in results]):.0f} texts labelled",
    )


def _word_row(name: str, results: Sequence[Result]) -> Row:
    through = np.array([0.0 if one.reasons else one.turned for one in results])
    return Row(
        name=f"{name}: praise with it that is called blame",
        measured=max(0.0, float(through.mean())),
        reach=MOST_LOST,
        unit="points",
        note=f"± {through.std(ddof=1) / np.sqrt(len(results)):.2f}; without the gate "
        f"{np.mean([one.turned for one in results]):.1f}",
    )


def _audit_rows(found: Sequence[Audit]) -> list[Row]:
    moved, share, without = (np.array(numbers) for numbers in zip(*found, strict=True))
    return [
        Row(
            name=f"audited accuracy of an hour, moved by {THUMBS} thumbs of one key",
            measured=float(moved.mean()),
            reach=MOST_LOST,
            unit="points",
            note=f"over {len(found)} seeds; thumbs count as voluntary, whatever they are on",
        ),
        Row(
            name=f"share of the audit of one client in {CLIENTS} that floods /predict",
            measured=float(share.mean()),
            reach=1.5 * 100 / CLIENTS,
            unit="%",
            peers={"without places": float(without.mean())},
            note=f"± {share.std(ddof=1) / np.sqrt(len(found)):.2f} over {len(found)} seeds; it sends {FLOOD} times "
            "what all others send",
        ),
    ]


def _honest_rows(gained: NDArray[np.float64]) -> list[Row]:
    mean, error = gained.mean(axis=0), gained.std(axis=0, ddof=1) / np.sqrt(len(gained))
    return [
        Row(
            name=name,
            measured=float(mean[column]),
            reach=LEAST_KEPT * float(mean[2]),
            unit="points",
            better="higher",
            peers={"before there were clients": float(mean[2])},
            note=f"macro-F1 on books and films, ± {error[column]:.2f} over {len(gained)} seeds",
        )
        for column, name in enumerate(("honest feedback, checked by reviewers", "a small shop's feedback, unchecked"))
    ]
