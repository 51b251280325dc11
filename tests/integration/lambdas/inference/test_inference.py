"""The inference function against the emulator: its answers, and what it stores."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from lambdas.shared.aws import LONGEST_BRIEF_CALL_S
from lambdas.shared.web.body import MAX_BODY_BYTES
from sentiment.evaluation.audit_draw import AuditDraw
from sentiment.keys import client_hash, derived_key
from sentiment.model import artifact
from tests.integration.lambdas.books import stored_prediction, waiting
from tests.integration.lambdas.functions import LIMIT_S, tiny_artifact

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.lambdas.functions import Function, Publish
    from tests.integration.resources import Resources

LARGEST_ANSWER = 6 * 1024 * 1024
"""Lambda's limit in bytes."""


def test_a_prediction_is_answered_and_stored(inference: Function, resources: Resources) -> None:
    answer = inference.call("POST", "/predict", {"text": "A great thing", "product_id": "B00X"})

    assert answer.status == 200
    assert answer.json["label"] == "positive"
    assert answer.json["model_version"] == "1"
    assert [word["text"] for word in answer.json["words"]] == ["great"]
    event = stored_prediction(resources, answer.json["prediction_id"])
    assert (event.text, event.product_id, event.label) == ("A great thing", "B00X", "positive")
    assert event.probability == answer.json["probability"]
    assert event.client == client_hash(b"a key for tests", "id-of-a-key")
    assert 99.9 < (event.expires_at - event.created_at.timestamp()) / 86_400 <= 100


def test_words_are_spans_of_the_text_as_sent(inference: Function) -> None:
    text = "\n\t 👍 GREAT but awful "

    words = inference.call("POST", "/predict", {"text": text}).json["words"]

    assert {text[word["start"] : word["end"]] for word in words} == {"GREAT", "awful"}
    assert all(text[word["start"] : word["end"]] == word["text"] for word in words)


def test_a_batch_is_answered_in_order_and_stored_whole(inference: Function, resources: Resources) -> None:
    texts = [f"{'great' if number % 2 else 'awful'} {number}" for number in range(100)]

    answer = inference.call("POST", "/predict/batch", {"texts": texts})

    assert answer.status == 200
    assert [one["label"] for one in answer.json] == ["negative", "positive"] * 50
    assert [stored_prediction(resources, one["prediction_id"]).text for one in answer.json] == texts


def test_a_text_is_counted_for_drift_once(inference: Function, resources: Resources) -> None:
    answer = inference.call("POST", "/predict/batch", {"texts": ["a great one", "a great one "]})

    assert [stored_prediction(resources, one["prediction_id"]).reference_bins for one in answer.json] == ["1--", "---"]


def test_what_the_secret_draws_is_audited_and_waits_for_a_label(inference: Function, resources: Resources) -> None:
    draw = AuditDraw(derived_key(b"a key for tests", "audit"))

    made = [one["prediction_id"] for one in inference.call("POST", "/predict/batch", {"texts": ["great"] * 100}).json]
    made += [inference.call("POST", "/predict", {"text": "great"}).json["prediction_id"] for _ in range(40)]

    drawn = {one for one in made if draw.takes("audit", one)}
    assert {one for one in made if stored_prediction(resources, one).audit} == drawn == waiting(resources)
    places = sorted(stored_prediction(resources, one).audit_place or 0 for one in drawn)
    assert places == list(range(1, len(drawn) + 1))


@pytest.mark.usefixtures("other_endpoints")
def test_a_silent_secrets_manager_costs_no_prediction(
    start_inference: Callable[[], Function],
    publish: Publish,
    silent_server: str,
    resources: Resources,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish("1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", silent_server)
    function = start_inference()
    started = time.monotonic()

    answers = [function.call("POST", "/predict/batch", {"texts": ["great"] * 100}) for _ in range(3)]

    assert time.monotonic() - started < 3 * LONGEST_BRIEF_CALL_S, "only the first waits for the secret"
    made = [one["prediction_id"] for answer in answers for one in answer.json]
    assert {(event.client, event.audit) for event in (stored_prediction(resources, one) for one in made)} == {
        (None, False)
    }


@pytest.mark.parametrize(
    "text",
    [
        "x" * 10_000,
        " " * 5_000 + "x" * 10_000 + "\n" * 5_000,
        "👍" * 10_000,
        "🎉🎉",
        "\x00\x01\x07 great \x7f",
        "منتج رائع \u202e great",
        "<script>alert(1)</script> great",
        "这个产品很好",
        "great\u2028awful",
    ],
)
def test_odd_texts_are_predicted_and_stored_unchanged(inference: Function, resources: Resources, text: str) -> None:
    answer = inference.call("POST", "/predict", {"text": text})

    assert answer.status == 200
    assert 0 <= answer.json["probability"] <= 1
    assert stored_prediction(resources, answer.json["prediction_id"]).text == text.strip()


def test_the_longest_answer_is_within_lambdas_limit(start_inference: Callable[[], Function], publish: Publish) -> None:
    """Lambda's runtime for Python 3.11 escapes non-ASCII characters: twelve bytes for one letter."""
    knows_negated = artifact.load(tiny_artifact("1"))._replace(ngrams={"not": -0.5, "~great": -2.0})
    publish("1", data=artifact.dump(knows_negated))
    text = "not " + "\U00020000" * 9_990 + " great"
    body = json.dumps({"texts": [text] * 100}, ensure_ascii=False).encode()

    answer = start_inference().call("POST", "/predict/batch", body)

    assert answer.status == 200
    assert {word["text"] for word in answer.json[0]["words"]} == {"not", "great"}
    assert len(json.dumps(answer.text)) < LARGEST_ANSWER


def test_a_batch_of_the_longest_texts_fits(inference: Function) -> None:
    body = json.dumps({"texts": ["\U0001f600" * 10_000] * 100}, ensure_ascii=False).encode()
    assert len(body) < MAX_BODY_BYTES

    assert inference.call("POST", "/predict/batch", body).status == 200


@pytest.mark.usefixtures("other_endpoints")
def test_a_silent_dynamodb_is_given_up_in_time(
    start_inference: Callable[[], Function],
    publish: Publish,
    silent_server: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish("1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", silent_server)
    function = start_inference()
    for path, body in (("/predict", {"text": "great"}), ("/predict/batch", {"texts": ["great"] * 100})):
        started = time.monotonic()
        answer = function.call("POST", path, body)
        assert (answer.status, answer.json["error"]["code"]) == (503, "storage_unavailable")
        assert answer.headers["retry-after"]
        assert time.monotonic() - started < LIMIT_S
