"""Splits the change of the mean log-odds between two sets of predictions into parts that add up to it.

The log-odds of a prediction are those of its text by its model version, and what its product's statistics added. With
one version for all texts (that of most predictions before), a change has five causes:

- *model*: another version reads the same text otherwise;
- *product statistics*: they added something else;
- *mix*: a product has a larger or smaller share of the reviews than before;
- *words*: the reviews of the same products say something else;
- *together*: opinions in one text act together, which no single word does.

Shares and means are averaged between both sets (Marshall and Edgeworth), so that no part is left over.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sentiment.model.scorer import Scorer

Kind = Literal["words", "mix", "product statistics", "model", "together"]

Sums = dict[str, float]

LEAST_REVIEWS = 30
"""A product with fewer reviews in one of the sets is put together with the others of that kind."""
OTHER_PRODUCTS = "other products"
NO_PRODUCT = "no product"
_LEAST_PROBABILITY = 1e-9
"""Probabilities are stored with nine decimals."""
_LONGEST_EXAMPLE = 160


class Predicted(NamedTuple):
    """A prediction as the archive has it."""

    text: str
    product_id: str | None
    probability: float
    model_version: str


class Part(NamedTuple):
    """A part of the change.

    Attributes:
        kind: Its cause.
        name: The word (`~` before one that is negated), the product, or the model version.
        change: How much of the change it is, in log-odds.
        product: For a word, the product of which most of the part comes; None if there is no such product.
        example: The review that shows it most; empty if no review does.
    """

    kind: Kind
    name: str
    change: float
    product: str | None = None
    example: str = ""


class Split(NamedTuple):
    """A change and its parts.

    Attributes:
        before: Mean log-odds of the first set.
        after: Mean log-odds of the second set.
        parts: Their changes add up to `after - before`; the largest first.
    """

    before: float
    after: float
    parts: list[Part]


class NothingToCompareError(ValueError):
    """One of the sets has no predictions."""


def split(before: Sequence[Predicted], after: Sequence[Predicted], scorer_of: Callable[[str], Scorer]) -> Split:
    """Split the change between two sets.

    Args:
        before: Predictions to compare with.
        after: Predictions whose change is wanted.
        scorer_of: Returns the scorer of a model version.

    Raises:
        NothingToCompareError: One of the sets is empty.
    """
    if not before or not after:
        raise NothingToCompareError(f"there are {len(before):,} predictions before and {len(after):,} after")
    version = Counter(one.model_version for one in before).most_common(1)[0][0]
    groups = _groups(before, after)
    sides = [_Side(one_side, groups, version, scorer_of) for one_side in (before, after)]
    first, second = sides
    parts = [
        *_differences("product statistics", first, second, [side.by_product for side in sides]),
        *_differences("model", first, second, [side.by_version for side in sides]),
        *_mix(first, second),
        *_words(first, second),
    ]
    parts.sort(key=lambda part: -abs(part.change))
    return Split(first.mean, second.mean, [part for part in parts if part.change])


def _groups(before: Sequence[Predicted], after: Sequence[Predicted]) -> set[str]:
    """Return the products with enough reviews on both sides to be looked at alone."""
    counts = [Counter(one.product_id for one in side) for side in (before, after)]
    return {name for name in counts[0] if name and all(count[name] >= LEAST_REVIEWS for count in counts)}


class _Side:
    """Sums over one set.

    Attributes:
        mean: Mean log-odds.
        by_product: What the statistics of each product added, divided by all predictions.
        by_version: What each version but the common one added, divided by all predictions.
        reviews: Number of reviews in each group.
        texts: Sum of the texts' log-odds by the common version, in each group.
        words: Sum of what each word adds, in each group.
        strongest: The review that shows a part most, and how much; a word's for each group.
    """

    def __init__(
        self, predictions: Sequence[Predicted], groups: set[str], version: str, scorer_of: Callable[[str], Scorer]
    ) -> None:
        common = scorer_of(version)
        share = 1 / len(predictions)
        self.mean = math.fsum(_log_odds(one.probability) for one in predictions) * share
        self.by_product: Sums = defaultdict(float)
        self.by_version: Sums = defaultdict(float)
        self.reviews: Counter[str] = Counter()
        self.texts: Sums = defaultdict(float)
        self.words: dict[str, Sums] = {}
        self.strongest: dict[tuple[str, ...], tuple[float, str]] = {}
        for one in predictions:
            log_odds, words = common.explain(one.text)
            by_own = log_odds if one.model_version == version else scorer_of(one.model_version).explain(one.text)[0]
            name = one.product_id or NO_PRODUCT
            of_product = _log_odds(one.probability) - by_own
            self.by_product[name] += of_product * share
            self._note(one.text, of_product, "product statistics", name)
            if one.model_version != version:
                self.by_version[one.model_version] += (by_own - log_odds) * share
                self._note(one.text, by_own - log_odds, "model", one.model_version)
            group = name if name in groups else OTHER_PRODUCTS
            self.reviews[group] += 1
            self.texts[group] += log_odds
            self._note(one.text, log_odds, "mix", group)
            self._note(one.text, log_odds - sum(words.values()), "together")
            sums = self.words.setdefault(group, defaultdict(float))
            for word, weight in words.items():
                sums[word] += weight
                self._note(one.text, weight, "words", group, word)

    @property
    def count(self) -> int:
        """All predictions."""
        return self.reviews.total()

    def _note(self, text: str, log_odds: float, kind: Kind, *of: str) -> None:
        if abs(log_odds) > self.strongest.get((kind, *of), (0.0, ""))[0]:
            self.strongest[kind, *of] = (abs(log_odds), text)


def _differences(kind: Kind, before: _Side, after: _Side, sums: Sequence[Mapping[str, float]]) -> Iterable[Part]:
    for name in sums[0].keys() | sums[1].keys():
        change = sums[1].get(name, 0.0) - sums[0].get(name, 0.0)
        yield Part(kind, name, change, example=_around("", _example(before, after, kind, name)))


def _example(before: _Side, after: _Side, kind: Kind, *of: str) -> str:
    """Return the review that shows a part most: one of the later ones, if there is one."""
    return next((side.strongest[kind, *of][1] for side in (after, before) if (kind, *of) in side.strongest), "")


def _mix(before: _Side, after: _Side) -> Iterable[Part]:
    """Yield what the shares of the groups changed, against the mean of both sides."""
    middle = (sum(before.texts.values()) / before.count + sum(after.texts.values()) / after.count) / 2
    for group in before.reviews.keys() | after.reviews.keys():
        shares = [side.reviews[group] / side.count for side in (before, after)]
        means = [side.texts[group] / side.reviews[group] for side in (before, after) if side.reviews[group]]
        change = (shares[1] - shares[0]) * (sum(means) / len(means) - middle)
        yield Part("mix", group, change, example=_around("", _example(before, after, "mix", group)))


def _words(before: _Side, after: _Side) -> Iterable[Part]:
    """Yield what each word changed within the groups, and what words changed together."""
    changes: dict[str, dict[str, float]] = {}
    together = 0.0
    for group in before.reviews.keys() & after.reviews.keys():
        weight = (before.reviews[group] / before.count + after.reviews[group] / after.count) / 2
        numbers = before.reviews[group], after.reviews[group]
        of_words = 0.0
        for word in before.words[group].keys() | after.words[group].keys():
            change = after.words[group].get(word, 0.0) / numbers[1] - before.words[group].get(word, 0.0) / numbers[0]
            changes.setdefault(word, {})[group] = weight * change
            of_words += change
        of_texts = after.texts[group] / numbers[1] - before.texts[group] / numbers[0]
        together += weight * (of_texts - of_words)
    yield Part("together", "opinions in one text", together, example=_around("", _example(before, after, "together")))
    for word, by_group in changes.items():
        yield _word(word, by_group, before, after)


def _word(word: str, by_group: Mapping[str, float], before: _Side, after: _Side) -> Part:
    change = sum(by_group.values())
    group, most = max(by_group.items(), key=lambda item: abs(item[1]))
    example = _around(word, _example(before, after, "words", group, word))
    product = group if group != OTHER_PRODUCTS and most * change > 0 and abs(most) > abs(change) / 2 else None
    return Part("words", word, change, product, example)


def _around(word: str, text: str) -> str:
    """Return the part of a text around a word, its beginning without one, on one line."""
    plain = " ".join(text.split())
    place = max(plain.lower().find(word.lstrip("~")), 0)
    start = max(0, min(place - _LONGEST_EXAMPLE // 2, len(plain) - _LONGEST_EXAMPLE))
    shown = plain[start : start + _LONGEST_EXAMPLE]
    return f"{'…' if start else ''}{shown}{'…' if start + _LONGEST_EXAMPLE < len(plain) else ''}"


def _log_odds(probability: float) -> float:
    within = min(max(probability, _LEAST_PROBABILITY), 1 - _LEAST_PROBABILITY)
    return math.log(within / (1 - within))
