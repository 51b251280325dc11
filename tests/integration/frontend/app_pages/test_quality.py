"""The page on quality, with a real Prometheus and the emulator's S3 behind it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from streamlit.testing.v1 import AppTest

from frontend import resources as shared
from local.ports import free_port
from sentiment.clock import utc_now
from sentiment.evaluation.live_quality import Cells
from tests.integration.archived import archive, log_promotion
from tests.integration.frontend.told import Past, of_a_loop, prometheus_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.integration.lambdas.functions import Publish
    from tests.integration.resources import Resources

    Open = Callable[[str], AppTest]

SCRIPT = """
from frontend.app_pages import quality
quality.page()
"""
CHARTS = ["Accuracy of", "F1 of", "Label coverage of", "Drift of", "Latency of"]
DAY = timedelta(days=1)


@pytest.fixture
def page_on(monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Return what opens the page on a Prometheus; an empty address is none."""
    for name, value in {"API_URL": "http://127.0.0.1", "API_KEY": "key"}.items():
        monkeypatch.setenv(name, value)

    def forget() -> None:
        for one in (
            shared.settings,
            shared.prometheus,
            shared.archive,
            shared.snapshot,
            shared.over_time,
            shared.changes,
        ):
            one.clear()

    def opened(url: str) -> AppTest:
        monkeypatch.setenv("PROMETHEUS_URL", url)
        return AppTest.from_string(SCRIPT, default_timeout=30).run()

    forget()
    yield opened
    if (client := shared.prometheus()) is not None:
        client.close()
    forget()


@pytest.fixture(scope="module")
def prometheus_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    past = of_a_loop(utc_now(), labels=Cells(180, 14, 110, 9))
    with prometheus_of(past, tmp_path_factory.mktemp("prometheus")) as url:
        yield url


def text_of(page: AppTest) -> str:
    parts = [*page.markdown, *page.caption, *page.info, *page.error, *page.warning]
    return re.sub(r"\\(.)", r"\1", " ".join(one.value for one in parts)).replace("\N{NO-BREAK SPACE}", " ")


def charts_of(page: AppTest) -> list[str]:
    """Return what the charts say to who cannot see them."""
    return [chart.proto.alt for chart in page.get("vega_lite_chart")]


def compare(page: AppTest) -> AppTest:
    (button,) = [button for button in page.button if button.label == "Compare"]
    return button.click().run()


def test_quality_is_shown_with_what_it_rests_on(page_on: Open, prometheus_url: str) -> None:
    page = page_on(prometheus_url)
    assert not page.exception
    assert [(one.label, one.value.replace("\N{NO-BREAK SPACE}", " ")) for one in page.metric][:2] == [
        ("Last hour: accuracy", "93 %"),
        ("Last hour: F1", "94 %"),
    ]
    text = text_of(page)
    assert "Version 8 has been in production since" in text
    assert "Quality has not fallen: of 313 audited labels" in text
    assert "25 % have no label" in text
    thumbs, labels = (table.value for table in page.table)
    assert list(thumbs["thumbs"]) == ["313"] * 3
    assert list(labels["source of the labels"])[2] == "people's thumbs, biased"


def test_each_chart_is_told_in_words_with_its_promotions(page_on: Open, prometheus_url: str) -> None:
    page = page_on(prometheus_url)
    told = charts_of(page)
    assert [title for title in CHARTS if any(one.startswith(title) for one in told)] == CHARTS

    page.segmented_control(key="quality_span").set_value("24h").run()
    assert [one for one in charts_of(page) if one.startswith("Drift of")]
    assert "Vertical lines: version 8 went into production on" in text_of(page)


def test_the_confusion_matrix_is_that_of_what_is_picked(page_on: Open, prometheus_url: str) -> None:
    page = page_on(prometheus_url)
    assert "Of 194 reviews that the model called positive, 14 are negative." in charts_of(page)[-1]
    assert page.selectbox(key="quality_version").options == ["8", "7"]
    page.selectbox(key="quality_source").select("voluntary").run()
    page.segmented_control(key="quality_confusion_window").set_value("1h").run()
    assert "That makes 290 of 313 labels right." in charts_of(page)[-1]
    assert page.selectbox(key="quality_source").value == "voluntary"


def test_too_few_labels_are_a_state_of_their_own(page_on: Open, tmp_path: Path) -> None:
    with prometheus_of(of_a_loop(utc_now(), labels=Cells(20, 2, 11, 1)), tmp_path) as url:
        page = page_on(url)
        assert [one.value for one in page.metric] == ["Too few"] * 3
        assert "quality has fallen: 34 of 100." in text_of(page)
        assert text_of(page).count("So far 91 % (95 % interval 77 to 97 %)") == 3
        assert set(page.table[0].value["accuracy (95 % interval)"]) == {"not enough labels"}


def test_a_prometheus_without_numbers_says_so(page_on: Open, tmp_path: Path) -> None:
    with prometheus_of(Past(utc_now()), tmp_path) as url:
        page = page_on(url)
        text = text_of(page)
    assert not page.exception
    assert not page.error
    assert "The monitor has not reported yet." in text
    assert "There are no labels in this time." in text
    assert charts_of(page) == []


def test_a_prometheus_that_is_down_can_be_asked_again(page_on: Open) -> None:
    page = page_on(f"http://user:secret@127.0.0.1:{free_port()}")
    assert not page.exception
    assert {one.value for one in page.error} == {"Prometheus does not answer. Is it running?"}
    assert "secret" not in text_of(page)
    again = [button for button in page.button if button.label == "Try again"]
    assert len(again) == 3
    assert not again[0].click().run().exception


def test_a_deployment_without_prometheus_says_so(page_on: Open) -> None:
    page = page_on("")
    assert not page.exception
    assert "This deployment has no Prometheus" in page.info[0].value


def test_the_reader_learns_which_word_moved_the_predictions(
    page_on: Open, resources: Resources, publish: Publish
) -> None:
    now = utc_now()
    log_promotion(resources, publish("7"))
    archive(resources, ["great watch"] * 4, now - 1.5 * DAY, "before")
    archive(resources, ["great watch"] * 3 + ["awful strap"], now - 0.5 * DAY, "after")
    page = compare(page_on(""))

    assert not page.error
    assert "The predictions moved towards negative" in text_of(page)
    first = page.dataframe[0].value.iloc[0]
    assert (first["cause"], first["which"], first["for example"]) == ("words", "awful", "awful strap")

    page.selectbox(key="quality_compare").select("times that I pick").run()
    begins = page.datetime_input(key="quality_Later_from").value
    assert begins is not None
    page.datetime_input(key="quality_Later_to").set_value(begins - DAY)
    assert compare(page).error[0].value == "The later time ends before it begins."


def test_an_archive_that_nobody_named_is_a_sentence(page_on: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKE_BUCKET", "")
    assert "was not told where predictions are archived" in compare(page_on("")).error[0].value
