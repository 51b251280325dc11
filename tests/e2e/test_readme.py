"""The console session in the README can be repeated: every loop holds out other reviews, so its numbers are its own."""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.loop import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.deployment import Deployment

SESSION = re.compile(r"<!-- session -->\n+```console\n(.*?)```", re.DOTALL)
END_OF_COMMAND = "--- end of command ---"
OTHER_EACH_TIME = {"prediction_id", "probability", "model_version"}
PROBABILITY = re.compile(r'"probability":([0-9.]+)')


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
    assert _probabilities(answered) == pytest.approx(_probabilities(expected), abs=0.15)


def _commands_and_answers(session: str) -> list[tuple[str, str]]:
    """Split a console session: a command starts with `$ ` and continues after a backslash; its answer follows."""
    pairs = []
    for part in re.split(r"^\$ ", session, flags=re.MULTILINE)[1:]:
        lines = part.splitlines()
        last = next(number for number, line in enumerate(lines) if not line.endswith("\\"))
        pairs.append(("\n".join(lines[: last + 1]), "\n".join(lines[last + 1 :]) + "\n"))
    return pairs


def _steady(answer: str) -> list[dict[str, Any]]:
    """The answers without what is another in each loop: ids, numbers, and all words but the strongest."""
    steady = []
    for line in answer.split("\n"):
        if line.startswith("{"):
            found = {name: value for name, value in json.loads(line).items() if name not in OTHER_EACH_TIME}
            if words := found.pop("words", None):
                found["strongest"] = words[0]["text"]
            steady.append(found)
    return steady


def _probabilities(answer: str) -> list[float]:
    return [float(found) for found in PROBABILITY.findall(answer)]
