"""Variables of other projects do not reach child processes."""

from __future__ import annotations

from local.environment import for_endpoint, without_ambient


def test_every_ambient_aws_variable_is_dropped_but_the_certificates() -> None:
    ambient = {
        "AWS_PROFILE": "production",
        "AWS_ACCESS_KEY_ID": "AKIAREAL",
        "AWS_SESSION_TOKEN": "real",
        "AWS_ENDPOINT_URL_DYNAMODB": "http://elsewhere",
        "AWS_CA_BUNDLE": "/etc/ssl/bundle.pem",
        "PATH": "/bin",
    }
    kept = without_ambient(ambient)
    assert {name for name in kept if name.startswith("AWS_")} == {"AWS_CA_BUNDLE"}
    assert kept["PATH"] == "/bin"


def test_what_another_project_left_in_the_shell_is_dropped() -> None:
    ambient = {"MLFLOW_TRACKING_URI": "https://corp.example", "MLFLOW_TRACKING_TOKEN": "t", "PYTHONPATH": "/other"}
    assert not ambient.keys() & without_ambient(ambient).keys()


def test_the_timeouts_of_mlflow_can_be_set() -> None:
    patience = {"MLFLOW_HTTP_REQUEST_TIMEOUT": "60", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3"}
    assert patience.items() <= without_ambient(patience).items()


def test_loopback_bypasses_the_proxy() -> None:
    assert without_ambient({"NO_PROXY": "corp.example"})["NO_PROXY"] == "corp.example,127.0.0.1,localhost"
    assert without_ambient({})["no_proxy"] == "127.0.0.1,localhost"


def test_a_command_works_against_the_emulator_whatever_the_user_has_set() -> None:
    environment = for_endpoint("http://127.0.0.1:4566")
    assert environment["AWS_ENDPOINT_URL"] == environment["AWS_ENDPOINT_URL_S3"] == "http://127.0.0.1:4566"
    assert environment["AWS_ACCESS_KEY_ID"] == environment["AWS_SECRET_ACCESS_KEY"] == "test"
    assert environment["AWS_REGION"] == "us-east-1"
