"""What the documentation says is true."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from feature_repo.settings import Settings as FeatureSettings
from frontend.settings import Settings as FrontendSettings
from infra_cdk.settings import Settings as DeploymentSettings
from lambdas.alerts.settings import Settings as AlertsSettings
from lambdas.archive.settings import Settings as ArchiveSettings
from lambdas.feedback.settings import Settings as FeedbackSettings
from lambdas.inference.settings import Settings as InferenceSettings
from lambdas.retrain.settings import Settings as RetrainSettings
from local.settings import Settings as LocalSettings
from monitoring.monitor.settings import Settings as MonitorSettings
from monitoring.prometheus.settings import Settings as PrometheusSettings
from sentiment.reviews.reading import Columns
from traffic.settings import Settings as TrafficSettings
from training.settings import Settings as TrainingSettings

ROOT = Path(__file__).parents[2]
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *ROOT.glob("[CS]*.md")]
LINES_OF_A_SCREEN = 50


def test_the_readme_can_be_read_in_one_sitting() -> None:
    assert len((ROOT / "README.md").read_text().split()) < 1200


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_to_one(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_target_that_is_named_exists(page: Path) -> None:
    named = set(re.findall(r"`(?:[A-Z]+=\S+ )*make ([a-z0-9-]+)", page.read_text()))
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    assert named <= targets


def test_every_decision_has_a_number_of_its_own() -> None:
    numbers = [path.name.partition("-")[0] for path in DECISIONS]
    assert sorted(numbers) == sorted(set(numbers))


def test_the_index_names_every_decision_in_order_by_its_title() -> None:
    index = (ROOT / "docs" / "decisions" / "README.md").read_text()
    titled = [(path.read_text().splitlines()[0].removeprefix("# "), path.name) for path in DECISIONS]
    assert re.findall(r"^\| \d{4} \| \[(.+)\]\((.+?)\)", index, flags=re.MULTILINE) == titled


def test_a_decision_fits_on_one_screen() -> None:
    assert [page.name for page in DECISIONS if len(page.read_text().splitlines()) > LINES_OF_A_SCREEN] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_prose_fits_the_window_of_an_editor(page: Path) -> None:
    prose = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    assert [line for line in prose.splitlines() if len(line) > 120 and not line.startswith("|")] == []


def test_the_settings_page_names_exactly_the_settings_of_the_code() -> None:
    rows = [line for line in (ROOT / "docs" / "settings.md").read_text().splitlines() if line.startswith("| `")]
    documented = {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert documented == {
        *(name.upper() for name in LocalSettings.model_fields),
        *(name.upper() for name in TrafficSettings.model_fields),
        *(name.upper() for name in FrontendSettings.model_fields),
        *(column.name.upper() for column in fields(Columns)),
        *(name.upper() for name in TrainingSettings.model_fields),
        *(name.upper() for name in FeatureSettings.model_fields),
        *(name.upper() for name in PrometheusSettings.model_fields),
        *(set(DeploymentSettings.model_fields) - {"python_version"}),  # follows the interpreter
        *(
            field.name.upper()
            for settings in (
                AlertsSettings,
                ArchiveSettings,
                FeedbackSettings,
                InferenceSettings,
                MonitorSettings,
                RetrainSettings,
            )
            for field in fields(settings)
        ),
        *_variables_read_by(ROOT / "dags"),
        *_variables_read_by(ROOT / "lambdas"),
        "DEPLOYMENT_FILE",  # the app of the CDK reads it from the environment that it is given
        *(_variables_read_by(ROOT / "bench") - {"PATH"}),
        *re.findall(r"\$\{(\w+)", (ROOT / "localstack-compose.yml").read_text()),
    }


def _variables_read_by(folder: Path) -> set[str]:
    """Every X of `os.environ["X"]` and `os.environ.get("X")` below a folder."""
    read = re.compile(r"""os\.environ(?:\[|\.get\()["'](\w+)["']""")
    return {name for path in folder.rglob("*.py") for name in read.findall(path.read_text())}
