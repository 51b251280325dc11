"""What a page in the user's browser may send to the emulator, and what programs send, over real connections."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

import boto3
import httpx
import pytest
import s3fs

from local.addresses import ADMINISTRATION_FILE, ADMINISTRATION_HEADER
from ops import aws
from tests.integration.local.emulator.functions import create_function
from tests.integration.local.emulator.votes import create_table, scan

if TYPE_CHECKING:
    from local.loop import Loop

WEBSOCKET = (
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
PUT_A_VOTE = "X-Amz-Target: DynamoDB_20120810.PutItem\r\nContent-Type: application/x-amz-json-1.0\r\n"
A_FUNCTION = {
    "FunctionName": "planted",
    "Runtime": "python3.11",
    "Role": "r",
    "Handler": "i.h",
    "Code": {"ZipFile": ""},
}


@pytest.mark.parametrize(
    ("target", "headers", "status"),
    [
        ("/", "Host: evil.example\r\n", 400),
        ("/", "", 400),
        ("/", "Host: localhost\r\nHost: evil.example\r\n", 400),
        ("/", "Host: localhost\r\nOrigin: null\r\n", 403),
        ("http://evil.example/", "Host: localhost\r\n", 400),
        ("HTTP://localhost@evil.example/", "Host: localhost\r\n", 400),
        ("http://localhost/", "Host: evil.example\r\n", 200),  # a proxy's form, in which Host does not count
        ("/", "Host: localhost\r\n", 200),
    ],
)
def test_a_write_counts_only_when_it_names_this_machine(emptied: Loop, target: str, headers: str, status: int) -> None:
    create_table(emptied)
    body = json.dumps({"TableName": "votes", "Item": {"id": {"S": "a"}}})
    answer = _exchange(emptied, f"POST {target} HTTP/1.1\r\n{headers}{PUT_A_VOTE}", body)
    assert answer.startswith(f"HTTP/1.1 {status} ")
    assert len(scan(aws.client(emptied, "dynamodb"))) == (1 if status == 200 else 0)


@pytest.mark.parametrize("origin", ["http://evil.example", "null"])
def test_a_page_can_neither_plant_a_function_nor_erase_anything(emptied: Loop, origin: str) -> None:
    create_table(emptied)
    page = httpx.Client(base_url=emptied.endpoint, headers={"origin": origin}, trust_env=False)
    with page:
        simple = {"content-type": "text/plain"}
        answers = [
            page.post("/2015-03-31/functions", content=json.dumps(A_FUNCTION), headers=simple),
            page.post("/?Action=DeleteStack&StackName=any", headers=simple),
            page.post("/_ministack/reset", headers=simple),
            page.post("/_ministack/config", content="{}", headers=simple),
            page.options("/", headers={"access-control-request-method": "POST"}),
            page.get("/_ministack/health"),
        ]
    assert {answer.status_code for answer in answers} == {403}
    assert [name for answer in answers for name in answer.headers if name.startswith("access-control")] == []
    assert aws.client(emptied, "lambda").list_functions()["Functions"] == []
    assert aws.client(emptied, "dynamodb").list_tables()["TableNames"] == ["votes"]


def test_a_page_gets_no_websocket(emptied: Loop) -> None:
    for host, path in (("localhost", "/"), ("localhost", "/_aws/execute-api/a1/prod"), ("evil.example", "/")):
        answer = _exchange(
            emptied, f"GET {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://evil.example\r\n{WEBSOCKET}"
        )
        assert answer.startswith("HTTP/1.1 4")


def test_the_administration_is_open_to_who_can_read_the_token(emptied: Loop) -> None:
    create_table(emptied)
    reset = f"{emptied.endpoint}/_ministack/reset"
    assert httpx.post(reset, trust_env=False).status_code == 403
    token = (emptied.state_dir / "emulator" / ADMINISTRATION_FILE).read_text()
    assert httpx.post(reset, headers={ADMINISTRATION_HEADER: token}, trust_env=False).status_code == 200
    assert aws.client(emptied, "dynamodb").list_tables()["TableNames"] == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_clients_work_under_both_names_of_this_machine(emptied: Loop, host: str) -> None:
    endpoint = emptied.endpoint.replace("127.0.0.1", host)
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")
    s3 = session.client("s3", endpoint_url=endpoint)
    s3.create_bucket(Bucket="lake")
    files = s3fs.S3FileSystem(
        key="test", secret="test", endpoint_url=endpoint, client_kwargs={"region_name": "us-east-1"}
    )
    files.pipe_file("lake/raw/x", b"kept")
    address = s3.generate_presigned_url("get_object", Params={"Bucket": "lake", "Key": "raw/x"})
    assert httpx.get(address, trust_env=False).content == b"kept"
    assert httpx.get(f"{endpoint}/lake/raw/x", trust_env=False).status_code == 403


def test_a_function_can_use_aws_services(emptied: Loop) -> None:
    aws.client(emptied, "s3").create_bucket(Bucket="lake")
    code = (
        "import boto3\ndef handler(event, _): return [b['Name'] for b in boto3.client('s3').list_buckets()['Buckets']]"
    )
    functions = create_function(emptied, "reader", {"index.py": code})
    assert json.load(functions.invoke(FunctionName="reader")["Payload"]) == ["lake"]


def _exchange(loop: Loop, head: str, body: str = "") -> str:
    """Send one request as it is; return everything received until the server closes."""
    head += "" if "Connection:" in head else "Connection: close\r\n"
    with socket.create_connection(("127.0.0.1", loop.ports.known()["emulator"]), timeout=20) as connection:
        connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65_536), b"")).decode()
