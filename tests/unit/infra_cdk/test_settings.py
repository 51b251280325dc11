"""Settings from the CDK context."""

from __future__ import annotations

import json
import platform
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from infra_cdk.deployments import Place, SettingsError
from infra_cdk.settings import Settings

CDK_JSON = json.loads((Path(__file__).parents[3] / "cdk.json").read_text())


NOWHERE: dict[str, str] = {}
EMULATOR = {"CDK_DEFAULT_ACCOUNT": "000000000000", "AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}
STOPPED_EMULATOR = {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}
ACCOUNT = {"CDK_DEFAULT_ACCOUNT": "123456789012", "CDK_DEFAULT_REGION": "eu-west-1"}


def settings(environment: dict[str, str] = NOWHERE, **given: object) -> Settings:
    return Settings.from_context((CDK_JSON["context"] | given).get, environment)


@pytest.fixture
def local_dir(tmp_path: Path) -> Path:
    """The folder of the deployments that are kept."""
    return tmp_path


def keep(folder: Path, environment: dict[str, str], **context: str) -> dict[str, str]:
    """Keep a deployment's settings; return the environment of a later command."""
    kept = {**Place.of_command(environment)._asdict(), "context": {"loop_name": "SentimentLoop", **context}}
    (folder / "deployment.json").write_text(json.dumps(kept))
    return {**environment, "LOCAL_DIR": str(folder)}


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


@pytest.mark.parametrize(
    ("environment", "target"), [(NOWHERE, "local"), (EMULATOR, "local"), (STOPPED_EMULATOR, "local"), (ACCOUNT, "aws")]
)
def test_a_forgotten_target_is_that_of_the_place(environment: dict[str, str], target: str) -> None:
    assert settings(environment).target == target


@pytest.mark.parametrize(
    ("environment", "target", "message"),
    [
        (ACCOUNT, "local", "the settings of local are for an emulator, and account 123456789012 is one of AWS"),
        (ACCOUNT, "localstack", "the settings of localstack are for an emulator"),
        (EMULATOR, "aws", "this shell has the address of an emulator"),
        (STOPPED_EMULATOR, "aws", "this shell has the address of an emulator"),
        ({"CDK_DEFAULT_ACCOUNT": "000000000000"}, "local", "AWS_ENDPOINT_URL names none"),
        (EMULATOR | {"AWS_ENDPOINT_URL": "http://127.0.0.1:abc"}, "local", "is no address"),
    ],
)
def test_a_target_that_does_not_fit_the_place_is_refused(
    environment: dict[str, str], target: str, message: str
) -> None:
    with pytest.raises(SettingsError, match=message) as error:
        settings(environment, target=target)

    assert "\n" not in str(error.value)


def test_another_target_than_that_of_the_standing_stacks_is_refused(local_dir: Path) -> None:
    environment = keep(local_dir, EMULATOR, target="localstack")

    with pytest.raises(SettingsError, match="the stacks there have the target localstack, and not local"):
        settings(environment, target="local")


def test_a_loop_that_stands_without_kept_settings_is_not_deployed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    standing = {"SentimentLoop"}
    monkeypatch.setattr("infra_cdk.settings.stands", lambda _place, loop_name: loop_name in standing)

    with pytest.raises(SettingsError, match="the loop SentimentLoop stands at"):
        settings(EMULATOR)
    assert settings(EMULATOR, loop_name="Trial").target == "local"


def test_a_shell_that_sourced_a_loops_env_uses_its_settings_in_any_folder(local_dir: Path, tmp_path: Path) -> None:
    environment = keep(local_dir, EMULATOR, target="local", window_days="180")
    named = {"DEPLOYMENT_FILE": str(local_dir / "deployment.json"), "LOCAL_DIR": str(tmp_path / "another")}

    assert settings(environment | named).window_days == 180


def test_what_was_deployed_is_set_again_but_for_the_command_line(local_dir: Path) -> None:
    environment = keep(local_dir, ACCOUNT, target="aws", window_days="180", removed_since="1")

    assert settings(environment).window_days == 180
    assert settings(environment, window_days="30").window_days == 30
    assert settings(environment, loop_name="Staging").window_days == 90
    assert settings(environment | {"CDK_DEFAULT_REGION": "us-west-2"}).window_days == 90


def test_the_name_of_the_loop_is_that_of_the_other_commands() -> None:
    assert settings({"LOOP_NAME": "Staging"}).loop_name == "Staging"
    assert settings({"LOOP_NAME": "Staging"}, loop_name="Trial").loop_name == "Trial"


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
        settings(NOWHERE, **given)

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
