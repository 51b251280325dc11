"""What waits for reviewers: who may see it, in which order, and what takes it off the list."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.feedback import waiting as waiting_list
from lambdas.feedback.waiting import WaitingList
from lambdas.shared import aws
from lambdas.shared.audit_table import LISTED_DAYS, Places, waiting_item
from lambdas.shared.items import to_item
from sentiment.evaluation.audit_draw import LEAST_PLACES
from sentiment.schemas.api import MAX_PAGE, AuditAnswer
from tests.integration.events import a_prediction as an_event
from tests.integration.lambdas.books import a_prediction, tables, waiting
from tests.integration.lambdas.functions import LIMIT_S
from tests.integration.resources import REVIEWERS_API_KEY_ID

if TYPE_CHECKING:
    from sentiment.evaluation.audit_draw import Draw
    from tests.integration.lambdas.functions import Answer, Function
    from tests.integration.resources import Resources


LARGEST_ANSWER = 6 * 1024 * 1024
NOON = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)


def listed(feedback: Function, **query: str) -> Answer:
    return feedback.call("GET", "/audit", query=query or None, api_key_id=REVIEWERS_API_KEY_ID)


def wait_for_label(
    resources: Resources, number: int, *, client: str, at: datetime = NOON, draw: Draw = "audit", text: str = "great"
) -> list[str]:
    """Store predictions that were drawn, one after the other."""
    places = Places(resources.audit, lambda: resources.dynamodb).take(draw, client, number, at)
    made = []
    for place in places:
        event = an_event(text, at)
        item = waiting_item(draw, event.prediction_id, place=place, client=client, at=at)
        resources.dynamodb.put_item(TableName=resources.predictions, Item=to_item(event))
        resources.dynamodb.put_item(TableName=resources.audit, Item=item)
        made.append(event.prediction_id)
    return made


def all_pages(resources: Resources, limit: int, now: datetime = NOON) -> list[AuditAnswer]:
    reading = WaitingList(tables(resources), aws.dynamodb, now=lambda: now)
    pages = [reading.page(limit)]
    while pages[-1].next:
        pages.append(reading.page(limit, pages[-1].next))
    return pages


def ids_of(pages: list[AuditAnswer]) -> list[str]:
    return [one.prediction_id for page in pages for one in page.waiting]


@pytest.mark.parametrize("api_key_id", ["id-of-a-key", "", REVIEWERS_API_KEY_ID.upper(), f"{REVIEWERS_API_KEY_ID} "])
def test_only_the_reviewers_key_opens_the_list(feedback: Function, resources: Resources, api_key_id: str) -> None:
    """Whatever the client sends besides: only the gateway names the key's id."""
    a_prediction(resources, audit=True)

    answer = feedback.call(
        "GET",
        "/audit",
        query={"apiKeyId": REVIEWERS_API_KEY_ID},
        headers={"x-api-key": REVIEWERS_API_KEY_ID, "apiKeyId": REVIEWERS_API_KEY_ID},
        api_key_id=api_key_id,
    )

    assert (answer.status, answer.json["error"]["code"]) == (403, "forbidden")


def test_a_text_waits_without_the_models_answer(feedback: Function, resources: Resources) -> None:
    prediction_id = a_prediction(resources, audit=True)
    a_prediction(resources)

    answer = listed(feedback)

    assert answer.status == 200
    (one,) = answer.json["waiting"]
    assert one.pop("created_at")
    assert one == {"prediction_id": prediction_id, "text": "great", "product_id": None, "draw": "audit"}
    assert answer.json["next"] is None


def test_a_labelled_one_disappears(feedback: Function, resources: Resources) -> None:
    first, second = (a_prediction(resources, audit=True) for _ in range(2))
    body = {"prediction_id": first, "label": "negative"}
    assert feedback.call("POST", "/feedback", body, api_key_id=REVIEWERS_API_KEY_ID).status == 201

    assert [one["prediction_id"] for one in listed(feedback).json["waiting"]] == [second]
    assert waiting(resources) == {second}


def test_thumbs_take_nothing_off_the_list(feedback: Function, resources: Resources) -> None:
    prediction_id = a_prediction(resources, audit=True)
    for verdict in ("up", "down"):
        feedback.call("POST", "/feedback", {"prediction_id": prediction_id, "verdict": verdict})

    assert [one["prediction_id"] for one in listed(feedback).json["waiting"]] == [prediction_id]


@pytest.mark.parametrize("limit", [1, 3, MAX_PAGE])
def test_the_pages_hold_each_text_once(resources: Resources, limit: int) -> None:
    made = [
        *wait_for_label(resources, 4, client="a" * 32),
        *wait_for_label(resources, 3, client="b" * 32, at=NOON - timedelta(days=1)),
        *wait_for_label(resources, 5, client="a" * 32, draw="voted"),
    ]

    pages = all_pages(resources, limit)

    assert sorted(ids_of(pages)) == sorted(made)
    assert all(len(page.waiting) <= limit for page in pages)


def test_a_page_goes_on_although_its_last_text_was_labelled_meanwhile(resources: Resources) -> None:
    first, second = wait_for_label(resources, 2, client="a" * 32)
    reading = WaitingList(tables(resources), aws.dynamodb, now=lambda: NOON)
    page = reading.page(1)
    assert ids_of([page]) == [first]
    resources.dynamodb.delete_item(TableName=resources.audit, Key={"entry": {"S": first}})

    assert ids_of([reading.page(5, page.next)]) == [second]


def test_the_draws_come_in_their_order_and_in_each_the_newest_day(resources: Resources) -> None:
    contradicted, unsure, voted = (
        wait_for_label(resources, 1, client="a" * 32, draw=draw) for draw in ("contradicted", "unsure", "voted")
    )
    yesterday = wait_for_label(resources, 1, client="a" * 32, at=NOON - timedelta(days=1))
    today = wait_for_label(resources, 1, client="a" * 32)

    assert ids_of(all_pages(resources, 5)) == [*today, *yesterday, *voted, *unsure, *contradicted]


def test_one_draw_is_listed_alone(resources: Resources) -> None:
    voted = wait_for_label(resources, 2, client="a" * 32, draw="voted")
    audited = wait_for_label(resources, 2, client="a" * 32)
    reading = WaitingList(tables(resources), aws.dynamodb, now=lambda: NOON)

    first = reading.page(1, draw="voted")
    assert ids_of([first, reading.page(5, first.next, draw="voted")]) == voted
    assert ids_of([reading.page(5, draw="audit")]) == audited


def test_a_flood_stands_behind_every_other_client_and_ends_at_its_share(resources: Resources) -> None:
    flood = wait_for_label(resources, 60, client="f" * 32)
    shop = wait_for_label(resources, 4, client="a" * 32)

    found = ids_of(all_pages(resources, MAX_PAGE))

    assert set(shop) <= set(found[:8]), "client by client"
    assert len(set(found) & set(flood)) == LEAST_PLACES


def test_a_flood_in_the_night_ends_at_its_share(resources: Resources) -> None:
    night = NOON - timedelta(hours=9)
    flood = wait_for_label(resources, 60, client="f" * 32, at=night)
    shop = wait_for_label(resources, 1, client="a" * 32, at=NOON - timedelta(days=1))

    found = ids_of(all_pages(resources, MAX_PAGE))

    assert set(shop) <= set(found)
    assert len(set(found) & set(flood)) == LEAST_PLACES


def test_the_only_client_is_listed_in_full(resources: Resources) -> None:
    made = wait_for_label(resources, 3 * LEAST_PLACES, client="a" * 32)

    assert ids_of(all_pages(resources, MAX_PAGE)) == made


def test_what_has_waited_too_long_is_not_listed(resources: Resources) -> None:
    last = wait_for_label(resources, 1, client="a" * 32, at=NOON - timedelta(days=LISTED_DAYS - 1))
    wait_for_label(resources, 1, client="a" * 32, at=NOON - timedelta(days=LISTED_DAYS))

    assert ids_of(all_pages(resources, 5)) == last


def test_an_expired_prediction_is_not_listed(feedback: Function, resources: Resources) -> None:
    prediction_id = a_prediction(resources, audit=True)
    resources.dynamodb.delete_item(TableName=resources.predictions, Key={"prediction_id": {"S": prediction_id}})

    assert listed(feedback).json == {"waiting": [], "next": None}


def test_a_damaged_prediction_is_logged_and_hides_no_other(
    feedback: Function, resources: Resources, caplog: pytest.LogCaptureFixture
) -> None:
    damaged, other = (a_prediction(resources, audit=True) for _ in range(2))
    key = {"prediction_id": {"S": damaged}}
    resources.dynamodb.update_item(TableName=resources.predictions, Key=key, UpdateExpression="REMOVE created_at")

    assert [one["prediction_id"] for one in listed(feedback).json["waiting"]] == [other]
    assert damaged in caplog.text


def test_nothing_is_scanned_and_a_page_is_bounded(resources: Resources, monkeypatch: pytest.MonkeyPatch) -> None:
    wait_for_label(resources, 40, client="f" * 32)
    wait_for_label(resources, 1, client="a" * 32)
    monkeypatch.setattr(waiting_list, "LONGEST_READ", 5)
    asked: list[str] = []

    class Noting:
        def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any method of the client
            asked.append(name)
            return getattr(resources.dynamodb, name)

    client: Any = Noting()
    page = WaitingList(tables(resources), lambda: client, now=lambda: NOON).page(MAX_PAGE)

    assert set(asked) == {"query", "batch_get_item"}
    assert len(page.waiting) == 5
    assert page.next


def test_a_page_of_the_longest_texts_is_within_lambdas_limit(feedback: Function, resources: Resources) -> None:
    wait_for_label(resources, MAX_PAGE, client="a" * 32, at=datetime.now(UTC), text="\U0001f600" * 10_000)

    answer = listed(feedback)

    assert len(answer.json["waiting"]) == MAX_PAGE
    assert len(json.dumps(answer.text)) < LARGEST_ANSWER


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": str(MAX_PAGE + 1)},
        {"limit": "ten"},
        {"after": ""},
        {"after": "audit~2026-11-23~0001~12~-~"},
        {"after": "audit#2026-11-23"},
        {"after": "' OR 1=1 --"},
        {"limt": "5"},
        {"draw": "public"},
    ],
)
def test_a_wrong_parameter_is_named(feedback: Function, query: dict[str, str]) -> None:
    answer = listed(feedback, **query)

    assert (answer.status, answer.json["error"]["code"]) == (422, "invalid_request")
    assert f"query.{next(iter(query))}" in answer.json["error"]["message"]


@pytest.mark.parametrize("day", ["0000-00-00", "2026-99-99", "9999-12-31"])
def test_a_cursor_of_another_time_ends_or_starts_the_list(feedback: Function, day: str) -> None:
    assert listed(feedback, after=f"audit~{day}~0001~12~-~01KAQ3ZV5T8M2N4P6R7S9TVWXY").status == 200


@pytest.mark.usefixtures("other_endpoints")
def test_a_list_that_never_comes_ends_in_time(
    resources: Resources, silent_server: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    assert resources.environment
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", silent_server)
    function: Function = request.getfixturevalue("feedback")

    started = time.monotonic()
    answer = listed(function)

    assert (answer.status, answer.json["error"]["code"]) == (503, "storage_unavailable")
    assert time.monotonic() - started < LIMIT_S
