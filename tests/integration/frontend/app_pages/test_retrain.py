"""The page on retraining, with the real retrain function and an Airflow that is a fake."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ConnectTimeoutError
from streamlit.testing.v1 import AppTest

from frontend import resources as shared
from sentiment.clock import utc_now
from training.registry.storage import ArtifactStore
from training.retraining.results import Ingested
from training.retraining.steps import INGEST
from training.retraining.workspace import Outcome, Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.resources import Resources
    from tests.unit.lambdas.retrain.fake_mwaa import FakeMwaa

SCRIPT = """
from frontend.app_pages import retrain
retrain.page()
"""
DOWN = ConnectTimeoutError(endpoint_url="http://mwaa")


@pytest.fixture
def page(lambda_url: str, resources: Resources, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    assert lambda_url
    assert resources.artifacts
    for name, value in {"API_URL": "http://api", "API_KEY": "key", "AIRFLOW_URL": "http://airflow.test"}.items():
        monkeypatch.setenv(name, value)
    for shared_one in (shared.settings, shared.retrain_function, shared.retrainings, shared.retraining):
        shared_one.clear()
    yield AppTest.from_string(SCRIPT, default_timeout=30)
    shared.retrain_function().close()
    shared.retrain_function.clear()


def press(page: AppTest, title: str) -> AppTest:
    (button,) = [button for button in page.button if button.label == title]
    return button.click().run()


def steps(page: AppTest) -> dict[str, str]:
    table = page.table[0].value
    return dict(zip(table["step"], table["state"], strict=True))


def test_a_started_run_is_followed_step_by_step(page: AppTest, mwaa: FakeMwaa) -> None:
    assert page.run().info[0].value.startswith("There has been no retraining yet.")

    press(page, "Start a retraining")
    (run_id,) = mwaa.runs
    assert page.info[0].value == "A retraining has started."
    mwaa.runs[run_id]["state"] = "running"
    mwaa.add_task(run_id, "ingest", "success", start="2026-11-23T12:00:00Z", end="2026-11-23T12:00:03Z")
    mwaa.add_task(run_id, "clone_hyperparameters", "running", start="2026-11-23T12:00:03Z")
    page.run()

    shown = steps(page)
    assert shown["Ingesting new reviews and feedback"] == "✓ done"
    assert shown["Cloning the hyperparameters of production"] == "▶ running"
    assert shown["Training the candidate"] == "· waiting"
    assert not page.exception


def test_a_run_that_ended_early_says_why(page: AppTest, mwaa: FakeMwaa, resources: Resources) -> None:
    mwaa.add("last", "success", began=timedelta(days=1))
    mwaa.add_task("last", "ingest", "success", start="2026-11-23T12:00:00Z", end="2026-11-23T12:00:03Z")
    workspace = Workspace(ArtifactStore(resources.artifacts, region="us-east-1"), "last")
    reason = "No review is *new* since version 1."
    ended = Outcome[Ingested](run_id="last", step="ingest", at=utc_now(), state="no new data", reason=reason)
    workspace.write(INGEST, ended)

    page.run()

    assert page.info[0].value == "There was nothing new to train on."
    assert page.text[0].value == reason, "as text, not as Markdown"
    assert steps(page)["Ingesting new reviews and feedback"] == "· no new data"


def test_refusals_are_sentences_and_the_page_can_ask_again(page: AppTest, mwaa: FakeMwaa) -> None:
    mwaa.fails = [DOWN]
    page.run()
    assert page.error[0].value == "Airflow does not answer. Is it running? Try again in a minute."
    press(page, "Try again")
    assert not page.error

    mwaa.paused = True
    press(page, "Start a retraining")
    assert page.error[0].value.startswith("No retraining was started. Retraining is paused")

    mwaa.paused = False
    mwaa.add("last", "success", began=timedelta(seconds=30))
    press(page, "Start a retraining")
    assert not page.error
    assert "may start in 14 min 30 s" in page.info[0].value
    assert len(mwaa.runs) == 1

    page.checkbox[0].check()
    press(page, "Start a retraining")
    assert len(mwaa.runs) == 2
