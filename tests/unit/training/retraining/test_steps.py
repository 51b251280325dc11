"""The declaration of the steps agrees with what runs them, and costs nothing to read."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys

from local.settings import ROOT
from training.retraining.steps import STEPS


def test_the_declaration_needs_the_standard_library_only() -> None:
    command = [sys.executable, "-S", "-c", "import training.retraining.steps"]
    subprocess.run(command, cwd=ROOT, check=True)


def test_each_step_returns_the_result_that_it_declares() -> None:
    for step in STEPS:
        function = step.load_function()
        assert function.__name__ == step.name
        assert inspect.signature(function).return_annotation == step.load_result().__name__


def test_the_dag_has_a_task_for_each_step_that_says_what_the_step_does() -> None:
    module = ast.parse((ROOT / "dags" / "fast_retrain_dag.py").read_text())
    functions = [node for node in module.body if isinstance(node, ast.FunctionDef)]
    tasks = [node for node in functions if [ast.unparse(each) for each in node.decorator_list] == ["task"]]
    assert [(task.name, ast.get_docstring(task)) for task in tasks] == [(step.name, step.summary) for step in STEPS]
    for task, step in zip(tasks, STEPS, strict=True):
        assert f"run_step(steps.{step.name.upper()}" in ast.unparse(task)


def test_the_documentation_lists_the_steps_in_their_order() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "retraining.md").read_text(), re.MULTILINE)
    assert rows[: len(STEPS)] == [step.name for step in STEPS]
