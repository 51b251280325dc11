"""The labels of one visit: each stored once, in their order, however often the browser sends them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from frontend.clients.problems import ProblemError
from frontend.review_queue.queue import Given, Queue
from sentiment.schemas.api import AuditAnswer, WaitingAnswer

if TYPE_CHECKING:
    from sentiment.reviews.review import Label

LABELS = [Given(1, "a", "positive"), Given(2, "b", "negative"), Given(3, "a", "negative")]


class FakeApi:
    """Stores labels, and fails for the predictions of which it is told."""

    def __init__(self) -> None:
        self.problems: dict[str, ProblemError] = {}
        self.stored: list[tuple[str, Label]] = []
        self.pages: dict[str | None, AuditAnswer] = {}

    def label(self, prediction_id: str, label: Label, rater: str) -> None:
        assert rater == "somebody"
        if prediction_id in self.problems:
            raise self.problems[prediction_id]
        self.stored.append((prediction_id, label))

    def waiting(self, after: str | None) -> AuditAnswer:
        if "audit" in self.problems:
            raise self.problems["audit"]
        return self.pages[after]


def page(text: str, *, following: str | None = None) -> AuditAnswer:
    one = WaitingAnswer.model_construct(
        prediction_id=text, text=text, created_at=datetime(2026, 11, 23, tzinfo=UTC), draw="audit"
    )
    return AuditAnswer.model_construct(waiting=[one], next=following)


@pytest.fixture
def api() -> FakeApi:
    return FakeApi()


def test_labels_that_are_sent_again_are_stored_once(api: FakeApi) -> None:
    queue = Queue()
    queue.store(api, LABELS[:1], "somebody")
    queue.store(api, LABELS[::-1], "somebody")
    assert api.stored == [("a", "positive"), ("b", "negative"), ("a", "negative")]
    assert (queue.stored, queue.problem) == (3, "")


def test_a_label_that_fails_holds_those_behind_it_back(api: FakeApi) -> None:
    queue = Queue()
    api.problems["b"] = ProblemError("The API does not answer.", may_repeat=True)
    queue.store(api, LABELS, "somebody")
    assert (queue.stored, queue.problem) == (1, "A label is not stored yet. The API does not answer.")

    api.problems.clear()
    queue.store(api, LABELS, "somebody")
    assert api.stored == [("a", "positive"), ("b", "negative"), ("a", "negative")]


def test_a_label_that_is_refused_for_good_does_not(api: FakeApi) -> None:
    queue = Queue()
    api.problems["b"] = ProblemError("The prediction has expired.", may_repeat=False)
    queue.store(api, LABELS, "somebody")
    assert (queue.stored, queue.problem) == (3, "A label was refused. The prediction has expired.")


def test_a_list_that_cannot_be_read_is_said(api: FakeApi) -> None:
    queue = Queue()
    api.problems["audit"] = ProblemError("The API does not answer.", may_repeat=True)
    queue.read(api)
    assert (queue.waiting, queue.problem) == ([], "What waits could not be read. The API does not answer.")


def test_it_is_known_whether_another_page_waits(api: FakeApi) -> None:
    first = "audit~2026-11-23~0001~12~-~01M8PVHN8K5JFCGC3QZ8Y2ESK4"
    api.pages = {None: page("a", following=first), first: page("b")}
    queue = Queue()
    read = []
    for _ in api.pages:
        queue.read(api)
        read.append(([one.prediction_id for one in queue.waiting], queue.more))
    assert read == [(["a"], True), (["a", "b"], False)]
