"""What any sentiment model must get right: plain opinions, what must change nothing, and what must change the answer.

Minimum functionality, invariance and direction after CheckList (Ribeiro et al., ACL 2020). The gate rejects a candidate
that fails what production passes; `tests/model` holds the model of the built-in sample to all of them.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from sentiment.evaluation.decision import Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sentiment.model.scorer import Scorer
    from sentiment.reviews.review import Label

RULE = "checks of behaviour that production passes and the candidate fails"

SMALL_CHANGE = 0.2
"""How far names and places may move a probability."""

UNSURE = (0.1, 0.9)
"""Between these, a probability is no certainty: where most reviews are praise, so may be one that nobody can read."""


SURELY = 0.6
"""A wrong label below this probability is a narrow miss, as another draw of honest reviews also gives."""


class Check(NamedTuple):
    """One thing that a model must get right.

    Attributes:
        name: What is asked of the model, such as `plain praise is positive: Yummy!`.
        passes: Whether a model does.
        surely_fails: Whether it misses by more than another draw of honest reviews would; None: if it does not pass.
    """

    name: str
    passes: Callable[[Scorer], bool]
    surely_fails: Callable[[Scorer], bool] | None = None


PRAISE = (
    "Great product!",
    "I love this.",
    "Works perfectly, exactly as described.",
    "Best purchase I have made this year.",
    "My kids adore it and so do I.",
    "Beautiful, sturdy and cheap. What more could you want?",
    "A wonderful story, I couldn't put it down.",
    "Can't go wrong at this price.",
    "Five stars.",
    "Yummy!",
)
BLAME = (
    "Terrible product.",
    "I hate this.",
    "Stopped working after a week.",
    "Do not buy this junk.",
    "Complete waste of money.",
    "Arrived broken, and customer service was rude.",
    "Boring and predictable. I gave up after fifty pages.",
    "One star.",
    "I want a refund.",
    "Tastes awful.",
)
CHINESE_PRAISE = (
    "这个产品很好，我很喜欢。",
    "质量不错，推荐购买",
    "非常满意，下次还会回购",
    "非常好",
    "特别好用",
    "好吃！",
)
CHINESE_BLAME = ("质量太差了，用了两天就坏了，退货！", "很不满意", "不喜欢，不推荐", "垃圾，浪费钱", "我不喜歡這個產品")
UNREADABLE = (
    "这本书是蓝色的。",
    "これは青い箱です",
    "هذا الصندوق أزرق",
    "הקופסה כחולה",
    "Коробка синяя",
    "이 상자는 파란색입니다",
    "🚚📦",
    "12345",
    "...",
)
EMOJI: tuple[tuple[str, Label], ...] = (
    ("😍😍😍", "positive"),
    ("👍", "positive"),
    ("👎", "negative"),
    ("😡🤮", "negative"),
    (":)", "positive"),
    (":(", "negative"),
    ("⭐⭐⭐⭐⭐", "positive"),
)
CLEAR: tuple[tuple[str, Label], ...] = (
    ("My brother bought this blender and it works great, I love it.", "positive"),
    ("The vacuum broke after two days. Very disappointed, a waste of money.", "negative"),
    ("Delicious coffee, arrived quickly and tastes fresh. Highly recommend!", "positive"),
    ("Terrible quality. The zipper ripped and nobody answered my emails.", "negative"),
)
PEOPLE = (("John", "Boston"), ("Aisha", "Lagos"), ("Wei", "Shanghai"), ("María", "Lima"))
NEUTRAL = (
    "I ordered it on a Monday.",
    "It came in a brown box.",
    "My neighbour has the same one in blue.",
    "We live in a small town.",
)
LINK = "https://example.com/p/B000123?ref=sr_1_1"
BASES = ("The camera takes pictures.", "I have used this phone for a month.", "This is a blue bag with two pockets.")
ADDED_PRAISE = ("I love it!", "Works great.", "Excellent quality.", "Highly recommend it.", "😍", "5 stars")
ADDED_BLAME = ("I hate it.", "It broke.", "Terrible quality.", "Waste of money.", "😡", "I returned it")
NEGATED_PRAISE = (
    ("This is good.", "This is not good."),
    ("I like it.", "I don't like it."),
    ("I would buy it again.", "I would never buy it again."),
    ("I recommend this product.", "I do not recommend this product."),
    ("It works.", "It doesn't work."),
    ("I am happy with it.", "I am not happy with it."),
    ("It is worth the money.", "It isn\u2019t worth the money."),
    ("Comfortable and well made.", "Not comfortable, not well made."),
)
NEGATED_BLAME = (
    ("It is bad.", "It is not bad."),
    ("I had problems with it.", "I had no problems with it."),
    ("I was disappointed.", "I was not disappointed."),
    ("It broke.", "It never broke."),
    ("I have complaints.", "I have no complaints."),
)
WEAK_TO_STRONG: tuple[tuple[str, str, Label], ...] = (
    ("I think it is slightly good.", "I think it is very good.", "positive"),
    ("I think it is slightly good.", "I think it is extremely good.", "positive"),
    ("I think it is slightly happy.", "I think it is very happy.", "positive"),
    ("I was slightly bad.", "I was very bad.", "negative"),
    ("I was slightly disappointed.", "I was extremely disappointed.", "negative"),
)
MORE_AND_MORE = ("It is ok.", "It is good.", "It is great, I love it.", "It is great, I love it, highly recommend!")


def _minimum() -> Iterator[Check]:
    opinions: Iterable[tuple[str, Iterable[str], Label]] = (
        ("plain praise is positive", PRAISE, "positive"),
        ("plain blame is negative", BLAME, "negative"),
        ("praise in Chinese is positive", CHINESE_PRAISE, "positive"),
        ("blame in Chinese is negative", CHINESE_BLAME, "negative"),
    )
    for promise, texts, label in opinions:
        yield from (_labelled(f"{promise}: {text}", text, label) for text in texts)
    yield from (_labelled(f"emoji alone are understood: {text}", text, label) for text, label in EMOJI)
    for text in UNREADABLE:
        yield _uncertain(f"a text that the model cannot read gets no certainty: {text}", text)


def _invariance() -> Iterator[Check]:
    for text, label in CLEAR:
        signed = [f"{name} from {place} writes: {text}" for name, place in PEOPLE]
        yield _alike(f"names and places decide nothing: {text}", signed, label)
        for changed in (text.upper(), text.lower(), text.title(), text.swapcase()):
            yield Check(f"case decides nothing: {changed}", _same(text, changed))
        for neutral in NEUTRAL:
            for longer in (f"{neutral} {text}", f"{text} {neutral}"):
                yield _labelled(f"a neutral sentence decides nothing: {longer}", longer, label)
        for mistyped in _mistyped(text):
            yield _labelled(f"a typing error decides nothing: {mistyped}", mistyped, label)
        marked = text.replace(". ", ".<br /><br />").replace(" it", ' <span class="tiny">it</span>')
        yield _labelled(f"HTML decides nothing: {text}", f"<p>{marked}</p>", label)
        yield Check(f"white space decides nothing: {text}", _same(text, text.replace(" ", "\n\t  ")))
        yield _labelled(f"a link decides nothing: {text}", f"{text} {LINK}", label)
    yield Check("a typographic apostrophe decides nothing", _same("I don't like it", "I don\u2019t like it"))


def _direction() -> Iterator[Check]:
    for base in BASES:
        for praise in ADDED_PRAISE:
            yield _rising(f"praise raises the probability: {base} {praise}", base, f"{base} {praise}")
        for blame in ADDED_BLAME:
            yield _rising(f"blame lowers the probability: {base} {blame}", f"{base} {blame}", base)
    for plain, negated in NEGATED_PRAISE:
        yield _labelled(f"praise before it is negated is positive: {plain}", plain, "positive")
        yield _labelled(f"negation flips praise: {negated}", negated, "negative")
    for plain, negated in NEGATED_BLAME:
        yield _rising(f"negation softens blame: {negated}", plain, negated)
    for weak, strong, label in WEAK_TO_STRONG:
        pair = (weak, strong) if label == "positive" else (strong, weak)
        yield _rising(f"an intensifier strengthens an opinion: {strong}", *pair)
    for less, more in pairwise(MORE_AND_MORE):
        yield _not_falling(f"more praise is never worse: {more}", less, more)


def _labelled(name: str, text: str, label: Label) -> Check:
    def surely_fails(scorer: Scorer) -> bool:
        wrong = scorer.probability(text) if label == "negative" else 1 - scorer.probability(text)
        return wrong > SURELY

    return Check(name, lambda scorer: scorer.predict(text).label == label, surely_fails)


def _uncertain(name: str, text: str) -> Check:
    return Check(name, lambda scorer: UNSURE[0] < scorer.probability(text) < UNSURE[1])


def _alike(name: str, texts: Sequence[str], label: Label) -> Check:
    def passes(scorer: Scorer) -> bool:
        chances = [scorer.probability(text) for text in texts]
        labels = {scorer.predict(text).label for text in texts}
        return labels == {label} and max(chances) - min(chances) < SMALL_CHANGE

    return Check(name, passes)


def _not_falling(name: str, lower: str, higher: str) -> Check:
    return Check(name, lambda scorer: scorer.probability(lower) <= scorer.probability(higher))


def _rising(name: str, lower: str, higher: str) -> Check:
    return Check(name, lambda scorer: scorer.probability(lower) < scorer.probability(higher))


def _same(text: str, changed: str) -> Callable[[Scorer], bool]:
    return lambda scorer: abs(scorer.probability(text) - scorer.probability(changed)) < 1e-6  # noqa: PLR2004


def _mistyped(text: str) -> Iterator[str]:
    """Yield the text with the second and third letter of every other word swapped, one word at a time."""
    words = text.split()
    for place in range(0, len(words), 2):
        word = words[place]
        if len(word) > 3:  # noqa: PLR2004
            yield " ".join([*words[:place], word[0] + word[2] + word[1] + word[3:], *words[place + 1 :]])


CHECKS = (*_minimum(), *_invariance(), *_direction())


def failed(scorer: Scorer) -> list[str]:
    """Return the names of the checks that a model surely fails."""
    return [check.name for check in CHECKS if _surely_fails(check, scorer)]


def _surely_fails(check: Check, scorer: Scorer) -> bool:
    return check.surely_fails(scorer) if check.surely_fails else not check.passes(scorer)


def compared(candidate: Iterable[str], production: Iterable[str]) -> Rule:
    """Return the gate's rule: a candidate may not fail what production passes; arguments are what each fails."""
    before = set(production)
    broken = [name for name in candidate if name not in before]
    more = f", and {len(broken) - 1} more" if len(broken) > 1 else ""
    reason = f"it fails what production passes: {broken[0]}{more}" if broken else ""
    return Rule(RULE, not broken, float(len(broken)), 0.0, reason)
