"""The words that tell most."""

from __future__ import annotations

from frontend.telling_words import telling_words
from sentiment.model.artifact import load
from tests.integration.lambdas.functions import tiny_artifact


def test_the_strongest_words_of_each_side_come_first() -> None:
    positive, negative = telling_words(load(tiny_artifact("1")))
    assert [one.word for one in positive] == ["great", "fine"]
    assert [one.word for one in negative] == ["awful"]
    assert positive[0].weight > positive[1].weight > 0 > negative[0].weight
