"""The app, synthesised once for each target, with cdk-nag's findings."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from infra_cdk import lazy_services
from infra_cdk.packaging.asset import BUILD_CACHE
from infra_cdk.settings import Settings

lazy_services.install()  # before anything imports aws_cdk

if TYPE_CHECKING:
    from collections.abc import Callable

    import aws_cdk

PROJECT = Path(__file__).parents[2]

Resource = dict[str, Any]


def pytest_configure(config: pytest.Config) -> None:
    """Ignore warnings that aws-cdk-lib 2.231 causes in typeguard 4."""
    config.addinivalue_line("filterwarnings", "ignore:Typeguard cannot check the .* protocol:UserWarning")


@dataclass(frozen=True)
class Synthesis:
    """The result of a synthesis.

    Attributes:
        settings: The target's settings.
        data: Template of the data stack.
        serving: Template of the serving stack.
        retraining: Template of the retraining stack.
        folder: The cloud assembly: templates and assets.
        findings: Errors and warnings of cdk-nag's AwsSolutions that are not suppressed, `<path>: <text>`.
    """

    settings: Settings
    data: dict[str, Any]
    serving: dict[str, Any]
    retraining: dict[str, Any]
    folder: Path
    findings: list[str]

    def resources(self, kind: str) -> dict[str, Resource]:
        """Return the resources of a type, such as `AWS::S3::Bucket`, of all stacks, by logical id."""
        return {name: resource for name, resource in self.all_resources().items() if resource["Type"] == kind}

    def all_resources(self) -> dict[str, Resource]:
        """Return every resource by logical id."""
        stacks = (self.data, self.serving, self.retraining)
        return {name: resource for stack in stacks for name, resource in stack["Resources"].items()}

    def asset_of(self, function: str) -> Path:
        """Return the folder with a function's code."""
        resource = self.resources("AWS::Lambda::Function")[self.output_ref(function)]
        return self.folder / f"asset.{resource['Properties']['Code']['S3Key'].removesuffix('.zip')}"

    def output_ref(self, output: str) -> str:
        """Return the logical id that an output of the serving or retraining stack refers to."""
        outputs = {**self.serving["Outputs"], **self.retraining["Outputs"]}
        return str(outputs[output]["Value"]["Ref"])


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the functions' code, safe from edits during the tests, and built in the common cache."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("lambdas", "monitoring", "sentiment", "requirements"):
        shutil.copytree(PROJECT / name, folder / name)
    (PROJECT / BUILD_CACHE).mkdir(exist_ok=True)
    (folder / BUILD_CACHE).symlink_to(PROJECT / BUILD_CACHE)
    return folder


@pytest.fixture(scope="session")
def synthesised(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Synthesis]:
    """Return a target's synthesis, with settings of the command line; each is made once."""
    syntheses: dict[str, Synthesis] = {}

    def synthesise(target: str, **given: str) -> Synthesis:
        key = f"{target} {given}"
        if key not in syntheses:
            syntheses[key] = _synthesise(target, project, tmp_path_factory.mktemp(f"cdk-{target}"), **given)
        return syntheses[key]

    return synthesise


@pytest.fixture
def findings_of() -> Callable[[aws_cdk.App], list[str]]:
    """Return the findings of cdk-nag's AwsSolutions in an app that are not suppressed."""
    return _findings


@pytest.fixture
def synthesised_again(project: Path, tmp_path: Path) -> Callable[..., Synthesis]:
    """Return a new synthesis, with settings of the command line."""
    return lambda target, **given: _synthesise(target, project, tmp_path / target, **given)


@pytest.fixture(scope="session")
def local(synthesised: Callable[[str], Synthesis]) -> Synthesis:
    return synthesised("local")


@pytest.fixture(scope="session")
def aws(synthesised: Callable[[str], Synthesis]) -> Synthesis:
    return synthesised("aws")


def _synthesise(target: str, project: Path, folder: Path, **given: str) -> Synthesis:
    import aws_cdk as cdk  # noqa: PLC0415 - takes 8 s, which only tests of templates should pay

    from infra_cdk.app import add_stacks  # noqa: PLC0415 - the same

    context = json.loads((PROJECT / "cdk.json").read_text())["context"] | {"target": target} | given
    app = cdk.App(outdir=str(folder), context=context, analytics_reporting=False)
    settings = Settings.from_context(app.node.try_get_context)
    add_stacks(app, settings=settings, project=project)
    findings = _findings(app)
    assembly = app.synth()
    return Synthesis(
        settings=settings,
        data=assembly.get_stack_by_name(f"{settings.loop_name}-Data").template,
        serving=assembly.get_stack_by_name(f"{settings.loop_name}-Serving").template,
        retraining=assembly.get_stack_by_name(f"{settings.loop_name}-Retraining").template,
        folder=folder,
        findings=findings,
    )


def _findings(app: aws_cdk.App) -> list[str]:
    import aws_cdk as cdk  # noqa: PLC0415 - as above
    from cdk_nag import AwsSolutionsChecks  # noqa: PLC0415 - the same

    cdk.Aspects.of(app).add(AwsSolutionsChecks(reports=False, verbose=True))
    # Read from the file, because the classes of messages may be broken: aws-cdk-lib and
    # aws-cdk-cloud-assembly-schema install the same module, and the last one wins.
    manifest = json.loads((Path(app.synth().directory) / "manifest.json").read_text())
    return [
        f"{path}: {entry['data']}"
        for artifact in manifest["artifacts"].values()
        for path, entries in artifact.get("metadata", {}).items()
        for entry in entries
        if "AwsSolutions" in str(entry.get("data"))
    ]
