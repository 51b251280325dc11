"""The folders that are shipped to Lambda."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import botocore
import pytest

from infra_cdk.packaging.asset import Asset, FunctionSource, build

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.infra.conftest import Synthesis

PROJECT = Path(__file__).parents[2]
MAX_BYTES = 15_000_000
FUNCTIONS = {
    "InferenceFunction": "inference",
    "FeedbackFunction": "feedback",
    "ArchiveFunction": "archive",
    "RetrainFunction": "retrain",
    "AlertsFunction": "alerts",
}
UNCHECKED_HASH = 1


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("output", FUNCTIONS)
def test_a_function_is_at_most_15_mb(output: str, local: Synthesis) -> None:
    assert sum(file.stat().st_size for file in files(local.asset_of(output))) < MAX_BYTES


@pytest.mark.parametrize("output", FUNCTIONS)
def test_every_module_has_unchecked_bytecode(output: str, local: Synthesis) -> None:
    folder = local.asset_of(output)
    sources = [file for file in files(folder) if file.suffix == ".py"]

    assert sources
    for source in sources:
        compiled = source.parent / "__pycache__" / f"{source.stem}.{sys.implementation.cache_tag}.pyc"
        flags = int.from_bytes(compiled.read_bytes()[4:8], "little")
        assert flags == UNCHECKED_HASH, source


@pytest.mark.parametrize("output", FUNCTIONS)
def test_no_path_of_this_machine_is_shipped(output: str, local: Synthesis) -> None:
    places = [os.fsencode(place) for place in (PROJECT, sys.prefix, Path.home() / ".pyenv")]
    for file in files(local.asset_of(output)):
        assert file.name not in {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"}
        content = file.read_bytes()
        assert not [place for place in places if place in content], file


@pytest.mark.parametrize("output", FUNCTIONS)
def test_no_training_code_reviews_or_tests_are_shipped(output: str, local: Synthesis) -> None:
    folder = local.asset_of(output)
    names = {file.relative_to(folder).as_posix() for file in files(folder)}

    assert "lambdas/__init__.py" in names
    assert not [
        name
        for name in names
        if name.startswith(
            ("sentiment/reviews/sample", "sentiment/reviews/reading", "sentiment/model/train", "sentiment/model/stream")
        )
    ]
    assert not [name for name in names if "/tests/" in name or name.endswith(".pyi")]


@pytest.mark.parametrize("output", ["ArchiveFunction", "RetrainFunction", "AlertsFunction"])
def test_a_function_without_a_framework_ships_what_pushes_and_no_more(output: str, local: Synthesis) -> None:
    shipped = {path.name.partition("-")[0] for path in local.asset_of(output).iterdir()}
    assert shipped == {"lambdas", "sentiment", "prometheus_client"}


@pytest.mark.parametrize("output", FUNCTIONS)
def test_a_function_imports_with_only_its_asset_and_the_runtime(output: str, local: Synthesis, tmp_path: Path) -> None:
    """Runs in an interpreter that sees only the asset and boto3, as in Lambda."""
    site = Path(botocore.__file__).parents[1]
    for name in ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six.py", "urllib3"):
        (tmp_path / name).symlink_to(site / name)
    program = (
        f"import sys; sys.path[:0] = [{str(local.asset_of(output))!r}, {str(tmp_path)!r}]\n"
        f"from lambdas.{FUNCTIONS[output]}.handler import handler\n"
        "assert callable(handler)\n"
        "import lambdas.shared.pushing.group"  # what only a push imports
    )
    environment = {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",  # nothing answers there, so a function starts without a model
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "PYTHONDONTWRITEBYTECODE": "1",
        **dict.fromkeys(
            (
                "PREDICTIONS_TABLE",
                "FEEDBACK_TABLE",
                "QUALITY_TABLE",
                "AUDIT_TABLE",
                "PRODUCT_STATS_TABLE",
                "MONITORING_TABLE",
                "ARTIFACTS_BUCKET",
                "LAKE_BUCKET",
            ),
            "name",
        ),
        "WINDOW_DAYS": "90",
        "MWAA_ENVIRONMENT": "name",
        "MWAA_TRIGGER": "rest",
        "COOLDOWN_S": "900",
        "REVIEWERS_API_KEY_ID": "key",
        "RATER_KEY_SECRET": "arn:aws:secretsmanager:us-east-1:000000000000:secret:name",
    }
    done = subprocess.run(
        [sys.executable, "-S", "-P", "-c", program],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
        timeout=60,
    )

    assert done.returncode == 0, done.stderr


def test_the_processor_is_that_of_the_settings(local: Synthesis, aws: Synthesis) -> None:
    for synthesis in (local, aws):
        machine = {"x86_64": "x86_64", "arm64": "aarch64"}[synthesis.settings.architecture]
        libraries = [file for file in files(synthesis.asset_of("InferenceFunction")) if file.suffix == ".so"]

        assert libraries
        assert all(machine in file.name for file in libraries)
        for output in FUNCTIONS:
            resource = synthesis.all_resources()[synthesis.output_ref(output)]
            assert resource["Properties"]["Architectures"] == [synthesis.settings.architecture]


def test_another_checkout_gives_the_same_hash_and_bytes(
    tmp_path: Path, project: Path, local: Synthesis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also with another cache, hash seed and umask."""
    other = tmp_path / "another" / "checkout"
    for name in ("sentiment", "requirements", "lambdas"):
        shutil.copytree(project / name, other / name)

    def asset(checkout: Path, cache: Path) -> Asset:
        return build(
            FunctionSource("lambdas.inference.handler.handler", requirements=Path("requirements/lambda.txt")),
            project=checkout,
            cache=cache,
            architecture=local.settings.architecture,
            python_version=local.settings.python_version,
        )

    first = asset(project, tmp_path / "a cache")
    monkeypatch.setenv("PYTHONHASHSEED", "12345")
    mask = os.umask(0o077)
    try:
        second = asset(other, tmp_path / "another cache")
    finally:
        os.umask(mask)

    assert first.input_hash == second.input_hash
    built, rebuilt = contents(first.folder), contents(second.folder)
    assert set(built) == set(rebuilt)
    assert [name for name in built if built[name] != rebuilt[name]] == []


def contents(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {file.relative_to(folder).as_posix(): (file.stat().st_mode, file.read_bytes()) for file in files(folder)}


def test_the_same_app_gives_the_same_templates(local: Synthesis, synthesised_again: Callable[[str], Synthesis]) -> None:
    again = synthesised_again("local")

    assert again.data == local.data
    assert again.serving == local.serving
    assert again.retraining == local.retraining
