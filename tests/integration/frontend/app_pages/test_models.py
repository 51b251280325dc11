"""The page on models, on a real registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from streamlit.testing.v1 import AppTest

from frontend import resources as shared
from frontend.quantities import percent
from tests.integration.training.retraining.evaluated_run import evaluated_run
from tests.integration.training.versions import served
from training.registry.registry import open_registry
from training.retraining.run import Run
from training.retraining.steps import DECIDE, PROMOTE

if TYPE_CHECKING:
    from tests.integration.training.versions import MakeVersion
    from training.retraining.run import RetrainingSettings

SCRIPT = """
from frontend.app_pages import models
models.page()
"""


@pytest.fixture
def page(settings: RetrainingSettings, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    assert settings.training.artifacts_bucket
    for name, value in {"API_URL": "http://api", "API_KEY": "key", "AIRFLOW_URL": "javascript:alert(1)"}.items():
        monkeypatch.setenv(name, value)
    for shared_one in (shared.settings, shared.registry, shared.overview, shared.scorer, shared.telling_words):
        shared_one.clear()
    return AppTest.from_string(SCRIPT, default_timeout=60)


def press(page: AppTest, title: str) -> AppTest:
    (button,) = [button for button in page.button if button.label == title]
    return button.click().run()


def test_without_a_model_the_page_says_so(page: AppTest) -> None:
    page.run()
    assert page.info[0].value.startswith("No model is in production yet")
    assert not page.exception
    assert not page.selectbox


def test_production_is_shown_compared_and_rolled_back(
    page: AppTest, settings: RetrainingSettings, make_version: MakeVersion
) -> None:
    evaluated_run(settings, make_version, "better", candidate_wrong=60)
    Run(settings, "better").do(DECIDE)
    Run(settings, "better").do(PROMOTE)

    page.run()
    assert not page.exception
    assert "In production: version 2" in [one.value for one in page.header]
    assert page.text[0].value.startswith("Better than production on 1,000 held-out reviews: F1 +6.0 points")
    metrics = page.table[0].value.set_index("metric")
    assert list(metrics.loc["accuracy"]) == [percent(0.94, 1), percent(0.88, 1), "+6.0 points (no interval)"]
    assert metrics.loc["F1", "difference (90 % interval)"].startswith("+6.0 points (+")
    assert "fine" in list(page.table[2].value["word"])
    history = page.table[4].value
    assert list(history["what"]) == [
        "version 2: promoted",
        "version 2: accepted (improves)",
        "version 1: promoted by hand",
    ]

    press(page, "Predict with both")
    assert [one.value for one in page.markdown if one.value.startswith("**Version")] == [
        "**Version 2**",
        "**Version 1**",
    ]
    assert not page.exception

    press(page, "Roll back to version 1")
    page.text_input[0].input("complaints")
    press(page, "Serve version 1")
    assert served(open_registry(settings.training)) == "1"
    page.run()
    assert page.success[0].value == "Rolled back from version 2 to version 1: it is served within 30 s."
    assert page.text[0].value == "Rolled back from version 2 to version 1, from the web page: complaints."


def test_a_store_that_does_not_answer_is_a_sentence(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTIFACTS_BUCKET", "no-such-bucket")
    page.run()
    assert page.error[0].value == "The store of the models does not answer. Try again."
    assert [button.label for button in page.button] == ["Try again"]
