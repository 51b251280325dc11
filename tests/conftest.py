"""Tests ignore the settings of the shell; only the end-to-end suite reads `ENDPOINT` from it."""

from __future__ import annotations

import os
import signal
import warnings
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from xdist.scheduler import LoadFileScheduling

import feature_repo  # noqa: F401 - before any test imports Feast, which is slow to import without it
from local.environment import TOOL_SETTINGS
from local.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Generator

    from xdist.remote import Producer

OF_THE_SHELL = {name.upper() for name in Settings.model_fields}
END_TO_END = Path(__file__).parent / "e2e"
WITH_AIRFLOW = ("tests/integration/local/airflow/", "tests/integration/local/mwaa/")


def pytest_configure() -> None:
    """Remove the settings of `local` from the environment, and keep the caches of tools out of the home folder."""
    for name in [name for name in os.environ if name.upper() in OF_THE_SHELL - {"ENDPOINT"}]:
        del os.environ[name]
    os.environ.update(TOOL_SETTINGS)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in a job that a script started in the background
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:  # as under nohup; commands that tests start inherit it
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


class OneAirflow(LoadFileScheduling):
    """Give each test file to one worker, and all that use Airflow, which starts in a minute, to the same one."""

    def _split_scope(self, nodeid: str) -> str:
        return "airflow" if nodeid.startswith(WITH_AIRFLOW) else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> OneAirflow:
    """Return what distributes the tests, whatever `--dist` says."""
    return OneAirflow(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Undo what the import of a test module did to the filters of warnings: Feast replaces some."""
    with warnings.catch_warnings():
        return (yield)


def pytest_collection_modifyitems(items: list[pytest.Function]) -> None:
    """Run the tests that use Airflow first and in a row: they wait most, and the other workers compute meanwhile."""
    items.sort(key=lambda item: (not item.nodeid.startswith(WITH_AIRFLOW), "airflow" not in item.fixturenames))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print each reason for skipped tests once, with how many they are."""
    reasons = Counter(report.longrepr[2].removeprefix("Skipped: ") for report in terminalreporter.getreports("skipped"))
    if reasons:
        terminalreporter.section("skipped")
    for reason, tests in reasons.most_common():
        terminalreporter.line(f"{tests} {'test' if tests == 1 else 'tests'}: {reason}")


@pytest.fixture(autouse=True)
def _endpoint_for_the_end_to_end_suite_only(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if not request.path.is_relative_to(END_TO_END):
        for name in ("ENDPOINT", "endpoint"):
            monkeypatch.delenv(name, raising=False)
