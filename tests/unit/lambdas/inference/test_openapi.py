"""`docs/openapi.json` is the document that the code generates."""

from __future__ import annotations

import json
from pathlib import Path

from lambdas.inference.openapi import openapi_document

SNAPSHOT = Path(__file__).parents[4] / "docs" / "openapi.json"
UPDATE = (
    'python -c "import json; from lambdas.inference.openapi import openapi_document as d;'
    ' print(json.dumps(d(), indent=2))"'
    " > docs/openapi.json"
)


def test_the_snapshot_is_what_the_code_generates() -> None:
    assert json.loads(SNAPSHOT.read_text()) == json.loads(json.dumps(openapi_document())), f"update it: {UPDATE}"


def test_every_operation_documents_its_errors_and_request_id() -> None:
    for operations in openapi_document()["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                assert "x-request-id" in response["headers"]
                if int(status) >= 400:
                    schema = response["content"]["application/json"]["schema"]
                    assert schema == {"$ref": "#/components/schemas/ErrorAnswer"}


def test_every_operation_has_a_name_that_people_would_choose() -> None:
    """It becomes a method of every generated client."""
    operations = [one for path in openapi_document()["paths"].values() for one in path.values()]
    assert {one["operationId"] for one in operations} == {
        *("predict", "predict_batch", "give_feedback", "list_waiting", "get_model", "get_health"),
    }


def test_every_operation_documents_what_may_fail_on_our_side() -> None:
    for operations in openapi_document()["paths"].values():
        for operation in operations.values():
            assert {"500", "502", "504"} <= operation["responses"].keys()


def test_every_path_but_health_needs_an_api_key() -> None:
    document = openapi_document()
    assert document["components"]["securitySchemes"]["ApiKey"]["name"] == "x-api-key"
    keyed = {path for path, operations in document["paths"].items() for one in operations.values() if "security" in one}
    assert keyed == {"/predict", "/predict/batch", "/feedback", "/audit", "/model"}
    assert document["paths"].keys() - keyed == {"/health"}


def test_the_server_url_is_relative() -> None:
    assert [server["url"] for server in openapi_document()["servers"]] == ["."]


def test_every_operation_has_a_tag_a_summary_and_a_description() -> None:
    document = openapi_document()
    headings = {tag["name"] for tag in document["tags"]}
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert set(operation["tags"]) <= headings
            assert len(operation["summary"].split()) > 2, f"FastAPI's default for {path}"
            assert operation["description"] != operation["summary"]
