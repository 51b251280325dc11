"""Settings from the CDK context."""

from __future__ import annotations

import json
import platform
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from infra_cdk.settings import Settings, SettingsError

CDK_JSON = json.loads((Path(__file__).parents[3] / "cdk.json").read_text())


def settings(**given: object) -> Settings:
    return Settings.from_context((CDK_JSON["context"] | given).get)


@pytest.mark.parametrize("target", ["local", "localstack", "aws"])
def test_every_target_has_its_defaults(target: str) -> None:
    assert settings(target=target).target == target


def test_a_plain_synthesis_is_for_this_machine() -> None:
    assert settings().target == "local"
    assert settings().python_version == f"{sys.version_info.major}.{sys.version_info.minor}"


def test_the_command_lines_text_overrides_the_defaults() -> None:
    given = settings(target="aws", throttle_rate_per_s="700", retain_data="false", reserved_concurrency="5")

    assert (given.throttle_rate_per_s, given.retain_data, given.reserved_concurrency) == (700, False, 5)
    assert settings(log_retention_days="30").log_retention_days == 30


def test_several_origins_are_separated_by_spaces() -> None:
    both = ("https://shop.example", "http://[::1]:3000")

    assert settings(allowed_origins=" ".join(both)).allowed_origins == both
    assert settings().allowed_origins == ()


@pytest.mark.parametrize(
    ("target", "url"),
    [
        ("local", "http://user:secret@127.0.0.1:9091"),
        ("localstack", "https://user:p%40ss@[::1]:9091/behind/a/path"),
        ("aws", "https://pushgateway.internal"),
    ],
)
def test_the_functions_may_push_to_a_pushgateway(target: str, url: str) -> None:
    assert settings(target=target, pushgateway_url=url).pushgateway_url == url
    assert settings(target=target).pushgateway_url == ""


def test_data_is_kept_on_aws_only() -> None:
    assert settings(target="aws").retain_data
    assert not settings(target="local").retain_data
    assert not settings(target="localstack").retain_data


@pytest.mark.parametrize(("machine", "architecture"), [("AMD64", "x86_64"), ("aarch64", "arm64")])
def test_local_functions_run_on_the_processor_of_this_machine(
    machine: str, architecture: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)

    assert settings().architecture == architecture


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"target": "azure"}, "target is 'azure'"),
        ({"loop_name": "my loop"}, "loop_name"),
        ({"loop_name": "1st"}, "loop_name"),
        ({"loop_name": "Staging-"}, "loop_name"),
        ({"loop_name": "L" * 31}, "loop_name"),
        ({"log_retention_days": "8"}, "log_retention_days"),
        ({"throttle_rate_per_s": "many"}, "throttle_rate_per_s"),
        ({"throttle_burst": "0"}, "throttle_burst"),
        ({"key_burst": "100000"}, "key_* above throttle_*"),
        ({"architecture": "riscv64"}, "architecture"),
        ({"archive_window_s": "301"}, "archive_window_s"),
        ({"retain_data": "perhaps"}, "retain_data"),
        ({"allowed_origins": "*"}, "allowed_origins"),
        ({"allowed_origins": "https://shop.example/"}, "allowed_origins"),
        ({"allowed_origins": "https://Shop.example"}, "allowed_origins"),
        ({"allowed_origins": "https://shop.example 'shop.example'"}, "allowed_origins"),
        ({"pushgateway_url": "127.0.0.1:9091"}, "pushgateway_url"),
        ({"pushgateway_url": "http://a b"}, "pushgateway_url"),
        ({"pushgateway_url": "http://user:p@ss@host"}, "pushgateway_url"),
        ({"target": "aws", "pushgateway_url": "http://user:secret@host"}, "pushgateway_url has a password"),
        ({"target": "local", "athena": "true"}, "no Athena on local: FEATURE_OFFLINE_STORE=athena"),
        ({"target": "localstack", "athena": "true"}, "no Athena on localstack"),
    ],
)
def test_an_invalid_setting_is_refused_by_name(given: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError) as error:
        settings(**given)

    assert named in str(error.value)
    assert "secret" not in str(error.value)


def test_an_interpreter_that_is_no_runtime_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Version(tuple[int, int]):
        major, minor = 3, 15

    monkeypatch.setattr(sys, "version_info", Version((3, 15)))

    with pytest.raises(SettingsError, match="python_version"):
        settings()


def test_without_cdk_json_the_message_says_so() -> None:
    with pytest.raises(SettingsError, match=r"cdk\.json"):
        Settings.from_context(lambda _key: None)


def test_settings_are_frozen() -> None:
    fixed: Any = settings()

    with pytest.raises(ValidationError, match="frozen"):
        fixed.retain_data = True


def test_cdk_json_has_exactly_the_settings() -> None:
    defaults = CDK_JSON["context"]["settings"]

    assert set(defaults["every"]) == set(Settings.model_fields) - {"target", "python_version"}
    for target in ("local", "localstack", "aws"):
        assert set(defaults[target]) <= set(defaults["every"])


def test_the_documented_defaults_are_those_of_cdk_json() -> None:
    table = (Path(__file__).parents[3] / "docs" / "settings.md").read_text().split("## Deployment")[1]
    documented: dict[str, tuple[str, str]] = {}
    for row in table.splitlines():
        if row.startswith("| `"):
            keys, local, aws = (cell.replace("`", "").split(",") for cell in row.split("|")[1:4])
            documented |= {key.strip(): (a.strip(), b.strip()) for key, a, b in zip(keys, local, aws, strict=True)}
    defaults = CDK_JSON["context"]["settings"]

    def shown(target: str, key: str) -> str:
        value = ({"target": target} | defaults["every"] | defaults[target])[key]
        return value if isinstance(value, str) else json.dumps(value)

    keys = ["target", *defaults["every"]]
    assert documented == {key: (shown("local", key), shown("aws", key)) for key in keys}
    assert defaults["localstack"] == defaults["local"]
