"""Praise raises the probability and blame lowers it."""

import pytest

from sentiment.model.scorer import Scorer

BASES = ["The camera takes pictures.", "I have used this phone for a month.", "This is a blue bag with two pockets."]


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize(
    "praise", ["I love it!", "Works great.", "Excellent quality.", "Highly recommend it.", "😍", "5 stars"]
)
def test_praise_raises_the_probability(scorer: Scorer, base: str, praise: str) -> None:
    assert scorer.probability(f"{base} {praise}") > scorer.probability(base)


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize(
    "blame", ["I hate it.", "It broke.", "Terrible quality.", "Waste of money.", "😡", "I returned it"]
)
def test_blame_lowers_the_probability(scorer: Scorer, base: str, blame: str) -> None:
    assert scorer.probability(f"{base} {blame}") < scorer.probability(base)


@pytest.mark.parametrize(
    ("plain", "negated"),
    [
        ("This is good.", "This is not good."),
        ("I like it.", "I don't like it."),
        ("I would buy it again.", "I would never buy it again."),
        ("I recommend this product.", "I do not recommend this product."),
        ("It works.", "It doesn't work."),
        ("I am happy with it.", "I am not happy with it."),
        ("It is worth the money.", "It isn\u2019t worth the money."),
        ("Comfortable and well made.", "Not comfortable, not well made."),
    ],
)
def test_negation_turns_praise_around(scorer: Scorer, plain: str, negated: str) -> None:
    assert scorer.predict(plain).label == "positive"
    assert scorer.predict(negated).label == "negative"


@pytest.mark.parametrize(
    ("plain", "negated"),
    [
        ("It is bad.", "It is not bad."),
        ("I had problems with it.", "I had no problems with it."),
        ("I was disappointed.", "I was not disappointed."),
        ("It broke.", "It never broke."),
        ("I have complaints.", "I have no complaints."),
    ],
)
def test_negation_softens_blame(scorer: Scorer, plain: str, negated: str) -> None:
    assert scorer.probability(negated) > scorer.probability(plain)


@pytest.mark.parametrize(
    ("weak", "strong"), [("good", "very good"), ("good", "extremely good"), ("happy", "very happy")]
)
def test_intensifiers_strengthen_praise(scorer: Scorer, weak: str, strong: str) -> None:
    assert scorer.probability(f"I think it is {strong}.") > scorer.probability(f"I think it is slightly {weak}.")


@pytest.mark.parametrize(("weak", "strong"), [("bad", "very bad"), ("disappointed", "extremely disappointed")])
def test_intensifiers_strengthen_blame(scorer: Scorer, weak: str, strong: str) -> None:
    assert scorer.probability(f"I was {strong}.") < scorer.probability(f"I was slightly {weak}.")


def test_more_praise_is_never_worse(scorer: Scorer) -> None:
    chances = [
        scorer.probability(text)
        for text in ("It is ok.", "It is good.", "It is great, I love it.", "It is great, I love it, highly recommend!")
    ]
    assert chances == sorted(chances)
