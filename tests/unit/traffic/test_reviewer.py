"""The reviewer over real HTTP: true labels, on a share of what waits, whatever the API does."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.unit.traffic.api import says, serving
from tests.unit.traffic.sent import sent
from traffic import client
from traffic.client import Api
from traffic.reviewer import Reviewer
from traffic.tally import Tally

if TYPE_CHECKING:
    from tests.unit.traffic.api import Answer, FakeApi, Reply

REVIEWS = [sent(f"text {number}", "positive" if number % 2 else "negative") for number in range(100)]
PAGE = 7


def waiting(texts: list[str]) -> Answer:
    """An API where these texts wait, a few on each page."""

    def answer(path: str, _body: dict[str, Any]) -> Reply:
        if path == "/feedback":
            return says(201, {"outcome": "recorded"})
        first = int(parse_qs(urlsplit(path).query).get("after", ["0"])[0])
        page = [{"prediction_id": f"id of {text}", "text": text} for text in texts[first : first + PAGE]]
        more = first + PAGE < len(texts)
        return says(200, {"waiting": page, "next": str(first + PAGE) if more else None})

    return answer


def review(api: FakeApi, share: float, stopped: threading.Event | None = None) -> Tally:
    tally = Tally()
    stopped = stopped or threading.Event()
    ours = Api(api.url, "reviewers", stopped=stopped, on_wait=lambda: tally.count(waited=1), connections=1)
    Reviewer(ours, tally, stopped=stopped, share=share).label(REVIEWS)
    return tally


def labels(api: FakeApi) -> dict[str, str]:
    return {body["prediction_id"]: body["label"] for path, body in api.calls if path == "/feedback"}


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_FIRST_PAUSE_S", 0.01)


def test_every_page_is_labelled_with_the_true_labels() -> None:
    with serving(waiting([one.text for one in REVIEWS])) as api:
        tally = review(api, share=1.0)

    assert labels(api) == {f"id of {one.text}": one.label for one in REVIEWS}
    assert (tally.reviewed, tally.review_failed) == (100, None)
    assert set(api.keys) == {"reviewers"}


def test_a_share_of_what_waits_is_labelled_and_the_same_again() -> None:
    with serving(waiting([one.text for one in REVIEWS])) as api:
        first = review(api, share=0.6).reviewed
        labelled = labels(api)
        assert review(api, share=0.6).reviewed == first
        assert labels(api) == labelled

    assert 40 < first < 80


def test_texts_that_visitors_did_not_send_are_left_to_other_reviewers() -> None:
    with serving(waiting(["of another client", REVIEWS[0].text])) as api:
        review(api, share=1.0)

    assert list(labels(api)) == [f"id of {REVIEWS[0].text}"]


def test_a_reviewer_waits_as_long_as_the_api_asks() -> None:
    busy = iter([says(429, {"error": {"code": "throttled"}}, retry_after="0")])
    well = waiting([REVIEWS[0].text])

    with serving(lambda path, body: next(busy, None) or well(path, body)) as api:
        tally = review(api, share=1.0)

    assert (tally.reviewed, tally.waited) == (1, 1)


@pytest.mark.parametrize("reply", [says(403, {"error": {"code": "forbidden"}}), (200, {}, b"<html>")])
def test_a_reviewer_stops_at_an_error_and_says_why(reply: Reply) -> None:
    with serving(lambda _path, _body: reply) as api:
        tally = review(api, share=1.0)

    assert tally.review_failed
    assert tally.review_failed.startswith("/audit: ")
    assert len(api.calls) == 1


def test_a_stopped_run_has_no_reviewer() -> None:
    stopped = threading.Event()
    stopped.set()
    with serving(waiting([REVIEWS[0].text])) as api:
        assert review(api, share=1.0, stopped=stopped).reviewed == 0

    assert api.calls == []
