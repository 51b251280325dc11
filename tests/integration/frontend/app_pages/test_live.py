"""The page that predicts while one types, where there is nothing to predict with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from streamlit.testing.v1 import AppTest

from frontend import resources as shared

if TYPE_CHECKING:
    from training.retraining.run import RetrainingSettings

SCRIPT = """
from frontend.app_pages import live
live.page()
"""


@pytest.fixture
def page(settings: RetrainingSettings, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    assert settings.training.artifacts_bucket
    for name, value in {"API_URL": "http://api", "API_KEY": "key"}.items():
        monkeypatch.setenv(name, value)
    for shared_one in (shared.settings, shared.registry, shared.overview):
        shared_one.clear()
    return AppTest.from_string(SCRIPT, default_timeout=60)


def test_without_a_model_the_page_says_so(page: AppTest) -> None:
    page.run()
    assert page.info[0].value == "There is no model in production yet."
    assert not page.exception


def test_a_store_that_does_not_answer_is_a_sentence(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTIFACTS_BUCKET", "no-such-bucket")
    page.run()
    assert page.error[0].value == "The store of the models does not answer. Try again."
    assert [button.label for button in page.button] == ["Try again"]
    assert not page.exception
