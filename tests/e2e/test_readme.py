"""The console session in the README can be repeated word for word."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.e2e.loop import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.deployment import Deployment

SESSION = re.compile(r"<!-- session -->\n+```console\n(.*?)```", re.DOTALL)
END_OF_COMMAND = "--- end of command ---"
PREDICTION_ID = re.compile(r"\b[0-7][0-9A-HJKMNP-TV-Z]{25}\b")
DECIMAL = re.compile(r"-?\d+\.\d+")
MODEL_VERSION = re.compile(r'"model_version":"\d+"')


def test_the_session_of_the_readme_answers_what_it_shows(deployment: Deployment, tmp_path: Path) -> None:
    found = SESSION.search((ROOT / "README.md").read_text())
    assert found
    shown = _commands_and_answers(found.group(1))
    (tmp_path / ".local").symlink_to(deployment.state_dir)
    script = "\n".join(f"{command}\necho '{END_OF_COMMAND}'" for command, _ in shown)
    done = subprocess.run(["bash", "-eu"], input=script, cwd=tmp_path, capture_output=True, text=True, check=True)
    answered = "".join(done.stdout.split(END_OF_COMMAND))
    expected = "".join(answer for _, answer in shown)
    assert _steady(answered) == _steady(expected)
    assert _decimals(answered) == pytest.approx(_decimals(expected), abs=0.001)


def _commands_and_answers(session: str) -> list[tuple[str, str]]:
    """Split a console session: a command starts with `$ ` and continues after a backslash; its answer follows."""
    pairs = []
    for part in re.split(r"^\$ ", session, flags=re.MULTILINE)[1:]:
        lines = part.splitlines()
        last = next(number for number, line in enumerate(lines) if not line.endswith("\\"))
        pairs.append(("\n".join(lines[: last + 1]), "\n".join(lines[last + 1 :]) + "\n"))
    return pairs


def _steady(answer: str) -> list[str]:
    """The parts that are the same in every run: ids are random, versions count up, processors round differently."""
    for changing in (PREDICTION_ID, MODEL_VERSION, DECIMAL):
        answer = changing.sub("…", answer)
    return answer.split()


def _decimals(answer: str) -> list[float]:
    return [float(found) for found in DECIMAL.findall(answer)]
