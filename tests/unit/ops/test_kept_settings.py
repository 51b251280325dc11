"""A plain cdk command sets what make set."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import pytest

from infra_cdk.deployments import Place, SettingsError, kept_context
from local.files import write_whole
from local.loop import open_loop
from local.settings import Settings, Target
from local.terminal import Terminal
from ops import aws, kept_settings

if TYPE_CHECKING:
    from pathlib import Path

    from local.loop import Loop

ACCOUNT = "123456789012"
HERE = Place("000000000000", "us-east-1", "http://127.0.0.1:4566")
ON_AWS = Place(ACCOUNT, "eu-west-1")


@pytest.fixture
def local_dir(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture(autouse=True)
def sts(monkeypatch: pytest.MonkeyPatch) -> None:
    class Sts:
        class meta:  # noqa: N801 - as boto3 names it
            region_name = "eu-west-1"

        def get_caller_identity(self) -> dict[str, str]:
            return {"Account": ACCOUNT}

    monkeypatch.setattr(aws, "client", lambda _loop, _service: Sts())


def opened(folder: Path, **settings: Any) -> Loop:  # noqa: ANN401 - of any type
    return open_loop(Settings(local_dir=folder, **settings), Terminal(folder / "timings.json"))


def test_the_app_reads_the_addresses_that_make_gave(local_dir: Path) -> None:
    loop = opened(local_dir, mwaa_port=5102, mlflow_port=5101)
    write_whole(loop.state_dir / "ports.json", '{"pushgateway": 9191}')

    kept_settings.keep(loop)

    context = kept_context(HERE, "SentimentLoop", local_dir)
    secret = (loop.state_dir / "monitoring" / "password").read_text()
    assert context == {
        "target": "local",
        "loop_name": "SentimentLoop",
        "mwaa_endpoint": "http://127.0.0.1:5102",
        "mlflow_tracking_uri": "http://127.0.0.1:5101",
        "pushgateway_url": f"http://sentiment:{secret}@127.0.0.1:9191",
    }
    assert (loop.state_dir / "deployment.json").stat().st_mode & 0o077 == 0, "it has a password"


def test_on_aws_cdk_json_has_the_addresses(local_dir: Path) -> None:
    kept_settings.keep(opened(local_dir, target=Target.AWS))

    assert kept_context(ON_AWS, "SentimentLoop", local_dir) == {"target": "aws", "loop_name": "SentimentLoop"}


@pytest.mark.parametrize(
    ("environment", "context"),
    [
        ({"REDIS_URL": "redis://127.0.0.1:6379"}, {}),
        (
            {"REDIS_URL": "redis://127.0.0.1:6379", "FEATURE_ONLINE_STORE": "redis"},
            {"redis_url": "redis://127.0.0.1:6379"},
        ),
        ({"WINDOW_DAYS": "180"}, {"window_days": "180"}),
        ({"FEATURE_OFFLINE_STORE": "athena"}, {"athena": "true"}),
    ],
)
def test_the_functions_get_the_stores_and_the_window_of_the_tasks(
    local_dir: Path, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], context: dict[str, str]
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    kept_settings.keep(opened(local_dir, target=Target.AWS))

    assert kept_context(ON_AWS, "SentimentLoop", local_dir) == {"target": "aws", "loop_name": "SentimentLoop"} | context


@pytest.mark.parametrize("name", ["localhost", "localhost.localstack.cloud", "[::1]"])
def test_this_machine_has_several_names(local_dir: Path, name: str) -> None:
    kept_settings.keep(opened(local_dir))

    assert kept_context(HERE._replace(endpoint=f"http://{name}:4566"), "SentimentLoop", local_dir)


@pytest.mark.parametrize(
    ("place", "loop_name"),
    [
        (HERE, "Staging"),
        (HERE._replace(endpoint="http://127.0.0.1:4567"), "SentimentLoop"),
        (HERE._replace(endpoint="http://localstack:4566"), "SentimentLoop"),
        (ON_AWS, "SentimentLoop"),
        (Place(), "SentimentLoop"),
    ],
)
def test_what_stands_elsewhere_has_settings_of_its_own(local_dir: Path, place: Place, loop_name: str) -> None:
    kept_settings.keep(opened(local_dir))

    assert kept_context(place, loop_name, local_dir) == {}


def test_of_two_loops_at_one_address_the_later_one_stands(local_dir: Path) -> None:
    first, second = opened(local_dir), opened(local_dir, target=Target.LOCALSTACK)
    kept_settings.keep(second)
    kept_settings.keep(first)
    past = time.time() - 60
    os.utime(first.state_dir / "deployment.json", (past, past))

    assert kept_context(HERE, "SentimentLoop", local_dir)["target"] == "localstack"


def test_a_removed_loop_has_none(local_dir: Path) -> None:
    loop = opened(local_dir)
    kept_settings.keep(loop)

    kept_settings.forget(loop)

    assert kept_context(HERE, "SentimentLoop", local_dir) == {}


@pytest.mark.parametrize("text", ["", "[]", "{", '{"endpoint": "http://127.0.0.1:4566"}'])
def test_a_damaged_file_is_named(local_dir: Path, text: str) -> None:
    (local_dir / "deployment.json").write_text(text)

    with pytest.raises(SettingsError, match=r"deployment\.json is damaged"):
        kept_context(HERE, "SentimentLoop", local_dir)
