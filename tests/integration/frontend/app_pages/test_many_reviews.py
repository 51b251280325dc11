"""The page that predicts a file, with the real API behind it."""

from __future__ import annotations

import json
import tempfile
from typing import TYPE_CHECKING

import pytest
import tenacity
from streamlit.testing.v1 import AppTest

from frontend import resources as shared
from frontend.many.places import places
from tests.integration.lambdas.api import API_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from frontend.many.job import Job
    from tests.integration.lambdas.functions import Publish

SCRIPT = """
from frontend.app_pages import many_reviews
many_reviews.page()
"""
WAIT_S = 30.0
HOSTILE = '=HYPERLINK("http://x") <script>great</script>'


@pytest.fixture
def page(api_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    monkeypatch.setenv("API_URL", api_url)
    monkeypatch.setenv("API_KEY", API_KEY)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for shared_one in (shared.settings, shared.api):
        shared_one.clear()
    places.cache_clear()
    page = AppTest.from_string(SCRIPT, default_timeout=30).run()
    yield page
    if "current_file" in page.session_state:
        job = page.session_state["current_file"].job
        page.session_state["current_file"].clear()
        if job:
            job.wait(WAIT_S)
    shared.api().close()
    shared.api.clear()
    places().close()
    places.cache_clear()


def job_of(page: AppTest) -> Job:
    job: Job = page.session_state["current_file"].job
    return job


def upload(page: AppTest, content: str) -> AppTest:
    return page.file_uploader[0].set_value(("mine.csv", content.encode(), "text/csv")).run()


def press(page: AppTest, title: str) -> AppTest:
    (button,) = [button for button in page.button if button.label == title]
    return button.click().run()


def predict_all(page: AppTest) -> AppTest:
    press(page, "Predict all")
    job_of(page).wait(WAIT_S)
    return page.run()


def test_a_file_of_texts_is_predicted_and_can_be_downloaded(page: AppTest, publish: Publish) -> None:
    publish("7")
    upload(page, f'id,review\n1,great\n2,awful\n3,""\n4,"{HOSTILE.replace(chr(34), chr(34) * 2)}"\n')
    assert page.selectbox[0].value == "review"
    assert page.dataframe[0].value["review"].tolist() == ["great", "awful", ""]
    predict_all(page)

    assert not page.exception
    assert page.success[0].value == "Every row of your file was read."
    assert page.markdown[0].value.endswith("and 1 negative. 1 row could not be predicted.")
    results, unread = page.dataframe[0].value, page.dataframe[1].value
    assert results["review"].tolist() == ["great", "awful", "", HOSTILE]
    assert results["model version"].tolist() == ["7", "7", "", "7"]
    assert unread.to_dict("records") == [{"row": 3, "line of the file": "4", "reason": "the text is empty"}]
    assert [button.label for button in page.download_button] == [
        "Download CSV",
        "Download JSON lines",
        "Download Parquet",
    ]
    assert [json.loads(line).get("label") for line in job_of(page).results.as_json_lines().splitlines()] == [
        "positive",
        "negative",
        None,
        "positive",
    ]


def test_another_column_can_be_chosen(page: AppTest, publish: Publish) -> None:
    publish("7")
    upload(page, "number,word\n1,great\n2,awful\n")
    assert page.warning[0].value.startswith("It is not certain which column holds the texts.")
    assert [button.disabled for button in page.button if button.label == "Predict all"] == [True]

    page.selectbox[0].select("word").run()
    assert page.dataframe[0].value["review"].tolist() == ["great", "awful"]
    predict_all(page)
    assert page.dataframe[0].value["review"].tolist() == ["great", "awful"]


def test_a_file_that_cannot_be_used_is_a_sentence(page: AppTest, publish: Publish) -> None:
    publish("7")
    upload(page, "%PDF-1.4")
    assert not page.exception
    assert page.error[0].value == "This file cannot be used."
    assert page.text[0].value == "Your file is a PDF document: export its table as CSV."

    upload(page, "text\ngreat\n")
    assert not page.error
    press(page, "Take another file")
    assert page.file_uploader


def test_without_a_model_it_stops_and_goes_on_once_there_is_one(page: AppTest, publish: Publish) -> None:
    upload(page, "text\ngreat\n")
    press(page, "Predict all")
    job = job_of(page)
    until_counted = tenacity.Retrying(
        retry=tenacity.retry_if_result(lambda rows: not rows),
        wait=tenacity.wait_fixed(0.01),
        stop=tenacity.stop_after_delay(WAIT_S),
    )
    assert until_counted(lambda: job.progress.rows) == 1
    job.cancel()  # it would wait for a model
    job.wait(WAIT_S)
    page.run()
    assert page.info[0].value == "You cancelled the predictions. 1 row is left."

    publish("7")
    press(page, "Go on")
    job.wait(WAIT_S)
    page.run()
    assert page.success
    assert page.dataframe[0].value["prediction"].tolist() == ["positive, 73 % sure"]


def test_the_progress_of_a_running_job_is_found_again(page: AppTest) -> None:
    upload(page, "text\ngreat\n")
    press(page, "Predict all")  # waits for a model
    again = page.run()
    assert [button.label for button in again.button] == ["Cancel"]
    press(again, "Cancel")
    job_of(page).wait(WAIT_S)
    assert page.run().info[0].value.startswith("You cancelled the predictions.")


def test_a_file_waits_while_others_are_predicted(page: AppTest, publish: Publish) -> None:
    publish("7")
    upload(page, "text\ngreat\n")
    taken = [places().running.acquire(blocking=False) for _ in range(2)]
    assert taken == [True, True]
    press(page, "Predict all")
    assert page.error[0].value.startswith("Other files are being predicted at the moment.")

    places().running.release()
    predict_all(page)
    assert page.success
    assert not page.error
