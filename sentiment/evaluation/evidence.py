"""What moved between two models on the training texts, and who stands behind it.

One API key can turn a word: a few dozen texts that hold it, all with one label, true or not. No held-out review shows
that. So the phrases that a client's texts repeat are put into held-out reviews, to see whether they turn them round.

Why, and what is measured: docs/decisions/0022-the-gate.md.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, NamedTuple

from sentiment.evaluation.decision import Rule
from sentiment.evaluation.metrics import THRESHOLD
from sentiment.model import features
from sentiment.model.scorer import Scorer
from sentiment.model.tokenizer import tokenize
from sentiment.reviews.review import Label  # noqa: TC001 - pydantic reads the fields' types

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sentiment.evaluation.trust import Voter
    from sentiment.model.artifact import Artifact

LONGEST_PHRASE = 4
"""Tokens of a phrase: the model knows pairs, so that a longer one acts by its parts."""

LEAST_TEXTS = 5
"""Texts of a client that must hold a phrase: a model learns little from fewer."""

FAR = 8.0
"""How far the weights of a phrase's n-grams must move, together; what honest feedback teaches moves by 6 at most."""

MOST_TURNED = 0.1
"""Share of clear reviews that a phrase may turn round beyond those that it turned round in production."""

ONE_CLIENT = 0.5
"""Share of the weight behind a move above which it rests on one client."""

ASKED = 100
"""Clear reviews of each label that a phrase is put into."""

CLEAR = 0.9
"""Probability that both models give the label of a clear review."""

PHRASES_TRIED = 100
"""Phrases that are put into reviews: those whose weights changed most."""

STARRED_READ = 100_000
"""Starred texts in which words are counted; the rest is left out: they are ordered by ids, which are hashes."""

WORDS_COUNTED = 2_000
"""N-grams that are counted: those whose weight changed most."""

MOST_WORDS = 15


class Taught(NamedTuple):
    """A text that the candidate was trained on.

    Attributes:
        text: What the model reads.
        label: Its label.
        weight: How much it counts.
        raters: Who stands behind the label; nobody if it has stars.
    """

    text: str
    label: Label
    weight: float
    raters: frozenset[Voter] = frozenset()

    @property
    def clients(self) -> frozenset[str]:
        """The clients of the raters."""
        return frozenset(rater.client for rater in self.raters)


@dataclass(frozen=True, slots=True)
class MovedWord:
    """An n-gram whose weight changed, and the training texts that have it.

    Attributes:
        ngram: The n-gram, as the model has it.
        before: Its weight in production, in log-odds of positive; 0 if production does not know it.
        after: Its weight in the candidate; 0 likewise.
        reviews: Training texts that have it.
        raters: Raters who stand behind the labels of those; 0 if all have stars.
        clients: Their clients.
    """

    ngram: str
    before: float
    after: float
    reviews: int
    raters: int
    clients: int

    @property
    def change(self) -> float:
        """After minus before."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class TurningPhrase:
    """A phrase that a client's texts repeat, and that turns clear reviews of the other label round.

    Attributes:
        phrase: Its tokens, separated by spaces.
        label: The label that it turns reviews to.
        turned: Share of clear reviews of the other label that the candidate turns round.
        before: The same of production.
        client: The client that most of the evidence comes from.
        share: Its part of the weight of the training texts that have the phrase and this label.
        texts: How many those are.
        raters: Raters of the client who stand behind them.
    """

    phrase: str
    label: Label
    turned: float
    before: float
    client: str
    share: float
    texts: int
    raters: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """What moved, and on whose evidence.

    Attributes:
        words: N-grams that moved most towards either label, from most negative to most positive.
        phrases: Phrases of one client that turn clear reviews round.
    """

    words: tuple[MovedWord, ...] = ()
    phrases: tuple[TurningPhrase, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        return asdict(self)

    def rules(self) -> tuple[Rule, ...]:
        """Return the gate's rule: no phrase may turn reviews round on the evidence of one client."""
        worst = max(self.phrases, key=lambda one: (one.turned - one.before, one.phrase), default=None)
        if worst is None:
            return (Rule(RULE, passed=True, value=0.0, limit=MOST_TURNED),)
        other = "praise" if worst.label == "negative" else "blame"
        reason = (
            f'"{worst.phrase}" turns {worst.turned:.0%} of clear {other} round (in production {worst.before:.0%}), on '
            f"the evidence of one client, {worst.client[:8] or 'not recorded'} ({worst.texts:,} texts)"
        )
        return (Rule(RULE, passed=False, value=worst.turned - worst.before, limit=MOST_TURNED, reason=reason),)


RULE = "reviews turned round by a phrase of one client"


def evidence(
    candidate: Artifact, production: Artifact, taught: Iterable[Taught], held_out: Iterable[tuple[str, Label]]
) -> Evidence:
    """Return what moved from production to the candidate on the training texts, and who stands behind it.

    Args:
        candidate: The candidate.
        production: The model in production.
        taught: The texts that the candidate was trained on, in no particular order, which can be iterated over twice;
            those of feedback are kept in memory, and of the others `STARRED_READ` are read.
        held_out: Texts and labels of held-out reviews, of which some are clear.
    """
    models = Scorer(production), Scorer(candidate)
    changes = {
        ngram: candidate.ngrams.get(ngram, 0.0) - production.ngrams.get(ngram, 0.0)
        for ngram in {**production.ngrams, **candidate.ngrams}
    }
    given = [_Read(one, tokenize(one.text)) for one in taught if one.raters]
    turning = list(_turning(models, changes, given, _clear(models, held_out), candidate.lexicon))
    starred = islice((one for one in taught if not one.raters), STARRED_READ)
    largest = set(sorted(changes, key=lambda ngram: (-abs(changes[ngram]), ngram))[:WORDS_COUNTED])
    words: defaultdict[str, _Count] = defaultdict(_Count)
    behind: defaultdict[_Turning, _Count] = defaultdict(_Count)
    for one, tokens in chain(given, (_Read(one, tokenize(one.text)) for one in starred)):
        for ngram in largest.intersection(features.distinct_ngrams(features.read(tokens, candidate.lexicon))):
            words[ngram].add(one)
        joined = f" {' '.join(tokens)} "
        for found in turning:
            if found.label == one.label and f" {found.phrase} " in joined:
                behind[found].add(one)
    moved = [
        MovedWord(
            ngram,
            production.ngrams.get(ngram, 0.0),
            candidate.ngrams.get(ngram, 0.0),
            count.reviews,
            len(count.raters),
            len({rater.client for rater in count.raters}),
        )
        for ngram, count in words.items()
    ]
    ranked = sorted(moved, key=lambda move: (move.change * math.sqrt(move.reviews), move.ngram))
    down = [move for move in ranked[:MOST_WORDS] if move.change < 0]
    up = [move for move in ranked[-MOST_WORDS:] if move.change > 0]
    phrases = [phrase for found, count in behind.items() if (phrase := _phrase_of(found, count))]
    return Evidence((*down, *up), tuple(phrases))


class _Read(NamedTuple):
    taught: Taught
    tokens: list[str]


class _Turning(NamedTuple):
    """A phrase that turns reviews round, before its evidence is counted."""

    phrase: str
    label: Label
    turned: float
    before: float


def _turning(
    models: tuple[Scorer, Scorer],
    changes: Mapping[str, float],
    given: Sequence[_Read],
    clear: Mapping[Label, Sequence[str]],
    lexicon: features.Lexicon,
) -> Iterator[_Turning]:
    """Yield the phrases that texts of one client repeat and that turn clear reviews round more than in production."""
    repeated: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in given:
        phrases = _phrases(one.tokens)
        for client in one.taught.clients:
            repeated[client].update(phrases)
    wanted = {phrase for found in repeated.values() for phrase, count in found.items() if count >= LEAST_TEXTS}
    by_size = sorted(((_change(phrase, changes, lexicon), phrase) for phrase in wanted), key=lambda one: -abs(one[0]))
    for change, phrase in by_size[:PHRASES_TRIED]:
        label: Label = "positive" if change > 0 else "negative"
        texts = [f"{text} {phrase}" for text in clear["negative" if label == "positive" else "positive"]]
        if abs(change) >= FAR and texts:
            before, turned = (_share(model, texts, label) for model in models)
            if turned - before > MOST_TURNED:
                yield _Turning(phrase, label, turned, before)


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


def _change(phrase: str, changes: Mapping[str, float], lexicon: features.Lexicon) -> float:
    """Return by how much the weights of a phrase's n-grams changed, together."""
    return math.fsum(
        changes.get(ngram, 0.0) for ngram in features.distinct_ngrams(features.read(phrase.split(" "), lexicon))
    )


def _clear(models: tuple[Scorer, Scorer], held_out: Iterable[tuple[str, Label]]) -> dict[Label, list[str]]:
    """Return the first held-out reviews of each label that both models are sure of, and right."""
    clear: dict[Label, list[str]] = {"positive": [], "negative": []}
    for text, label in held_out:
        if len(clear[label]) < ASKED and all(_probability(model, text, label) >= CLEAR for model in models):
            clear[label].append(text)
    return clear


class _Count:
    """The training texts that have a phrase or an n-gram, and who stands behind them."""

    def __init__(self) -> None:
        self.reviews = 0
        self.raters: set[Voter] = set()
        self.weight = 0.0
        self.of_client: defaultdict[str, float] = defaultdict(float)
        self.texts_of_client: Counter[str] = Counter()

    def add(self, one: Taught) -> None:
        """Count a text; a label that several clients stand behind is nobody's alone."""
        self.reviews += 1
        self.weight += one.weight
        self.raters |= one.raters
        clients = one.clients
        if len(clients) == 1:
            (client,) = clients
            self.of_client[client] += one.weight
            self.texts_of_client[client] += 1


def _phrase_of(found: _Turning, count: _Count) -> TurningPhrase | None:
    """Return the phrase with its evidence; None if it rests on no client alone."""
    client = max(sorted(count.of_client), key=lambda one: count.of_client[one], default=None)
    if client is None or count.of_client[client] <= ONE_CLIENT * count.weight:
        return None
    return TurningPhrase(
        **found._asdict(),
        client=client,
        share=count.of_client[client] / count.weight,
        texts=count.texts_of_client[client],
        raters=sum(rater.client == client for rater in count.raters),
    )
