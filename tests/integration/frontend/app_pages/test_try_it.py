"""The page on which one tries the model, with the real API behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from streamlit.testing.v1 import AppTest

from frontend import resources as shared
from tests.integration.lambdas.api import API_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.lambdas.functions import Publish

SCRIPT = """
from frontend.app_pages import try_it
try_it.page()
"""


@pytest.fixture
def page(api_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    monkeypatch.setenv("API_URL", api_url)
    monkeypatch.setenv("API_KEY", API_KEY)
    for shared_one in (shared.settings, shared.api):
        shared_one.clear()
    yield AppTest.from_string(SCRIPT, default_timeout=30).run()
    shared.api().close()
    shared.api.clear()


def press(page: AppTest, title: str) -> AppTest:
    (button,) = [button for button in page.button if button.label == title]
    return button.click().run()


def predict(page: AppTest, text: str) -> AppTest:
    page.text_area(key="text").input(text)
    return press(page, "Predict")


def told(page: AppTest) -> str:
    return page.markdown[-1].value


def test_a_verdict_is_kept_through_reruns_and_can_be_changed(page: AppTest, publish: Publish) -> None:
    publish("7")
    predict(page, "great")
    assert page.header[0].value.startswith("Positive, 73 % sure")
    assert "Is that right?" in told(page)

    press(press(page, "Right"), "Right")
    assert told(page.run()) == "Thank you. Counted once: the review is **positive**."
    press(page, "Wrong")
    assert told(page.run()) == "Thank you. Counted once: the review is **negative**, changed once."


def test_earlier_predictions_of_the_visitor_are_listed_with_verdicts(page: AppTest, publish: Publish) -> None:
    publish("7")
    press(predict(page, "great"), "Wrong")
    predict(page, "awful")

    listed = page.dataframe[0].value
    assert listed.to_dict("records") == [
        {"review": "great", "prediction": "positive, 73 % sure", "you said": "wrong", "model version": "7"}
    ]


def test_an_example_fills_the_form(page: AppTest) -> None:
    press(page, "Take an example")
    assert page.text_area(key="text").value in shared.example_texts()


def test_a_problem_is_a_sentence_until_the_next_prediction(page: AppTest, publish: Publish) -> None:
    predict(page, " ")
    assert page.error[0].value.startswith("There is no review yet")
    assert not page.exception

    publish("7")
    predict(page, "great")
    assert not page.error
    assert page.header[0].value.startswith("Positive")
