"""What does not change the opinion does not change the label (Ribeiro et al., CheckList, ACL 2020)."""

from collections.abc import Callable

import pytest

from sentiment.model.scorer import Scorer

REVIEWS = [
    ("My brother bought this blender and it works great, I love it.", "positive"),
    ("The vacuum broke after two days. Very disappointed, a waste of money.", "negative"),
    ("Delicious coffee, arrived quickly and tastes fresh. Highly recommend!", "positive"),
    ("Terrible quality. The zipper ripped and nobody answered my emails.", "negative"),
]
SMALL_CHANGE = 0.2


@pytest.mark.parametrize(("text", "label"), REVIEWS)
def test_names_and_products_decide_nothing(scorer: Scorer, text: str, label: str) -> None:
    answers = [
        scorer.predict(f"{name} from {place} writes: {text}")
        for name, place in (("John", "Boston"), ("Aisha", "Lagos"), ("Wei", "Shanghai"), ("María", "Lima"))
    ]
    assert {answer.label for answer in answers} == {label}
    chances = [answer.probability for answer in answers]
    assert max(chances) - min(chances) < SMALL_CHANGE


@pytest.mark.parametrize(("text", "label"), REVIEWS)
@pytest.mark.parametrize("change", [str.upper, str.lower, str.title, str.swapcase])
def test_case_decides_nothing(scorer: Scorer, text: str, label: str, change: Callable[[str], str]) -> None:
    answer = scorer.predict(change(text))
    assert answer.label == label
    assert answer.probability == pytest.approx(scorer.probability(text))


@pytest.mark.parametrize(("text", "label"), REVIEWS)
@pytest.mark.parametrize(
    "neutral",
    [
        "I ordered it on a Monday.",
        "It came in a brown box.",
        "My neighbour has the same one in blue.",
        "We live in a small town.",
    ],
)
def test_neutral_sentences_decide_nothing(scorer: Scorer, text: str, label: str, neutral: str) -> None:
    assert scorer.predict(f"{neutral} {text}").label == label
    assert scorer.predict(f"{text} {neutral}").label == label


@pytest.mark.parametrize(("text", "label"), REVIEWS)
def test_a_typo_here_and_there_decides_nothing(scorer: Scorer, text: str, label: str) -> None:
    words = text.split()
    for place in range(0, len(words), 2):
        word = words[place]
        if len(word) > 3:
            swapped = word[0] + word[2] + word[1] + word[3:]
            assert scorer.predict(" ".join([*words[:place], swapped, *words[place + 1 :]])).label == label


@pytest.mark.parametrize(("text", "label"), REVIEWS)
def test_html_and_white_space_decide_nothing(scorer: Scorer, text: str, label: str) -> None:
    marked = text.replace(". ", ".<br /><br />").replace(" it", ' <span class="tiny">it</span>')
    assert scorer.predict(f"<p>{marked}</p>").label == label
    assert scorer.probability(text.replace(" ", "\n\t  ")) == pytest.approx(scorer.probability(text))


@pytest.mark.parametrize(("text", "label"), REVIEWS)
def test_a_link_decides_nothing(scorer: Scorer, text: str, label: str) -> None:
    assert scorer.predict(f"{text} https://example.com/p/B000123?ref=sr_1_1").label == label


def test_typographic_apostrophes_are_read_like_plain_ones(scorer: Scorer) -> None:
    assert scorer.probability("I don\u2019t like it") == scorer.probability("I don't like it")
