"""docs/api.md lists exactly the error codes that a client can get, each with its status."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from infra_cdk.api import _GATEWAY_ERRORS

ROOT = Path(__file__).parents[2]
MAKERS = {"ApiError", "_response", "unavailable"}
"""The callables that make the functions' errors; an error's code is the argument that is a lowercase word."""
STARLETTES = {"not_found", "method_not_allowed"}
"""Codes of errors that Starlette raises itself."""


def documented() -> dict[str, set[str]]:
    """Return the codes on the page, each with its statuses."""
    section = (ROOT / "docs" / "api.md").read_text().split("\n## Errors\n")[1].split("\n## ")[0]
    codes: dict[str, set[str]] = {}
    for status, named in re.findall(r"^\| (\d\S\S) \| (`[^|]+`) \|", section, flags=re.MULTILINE):
        for code in re.findall(r"`(\w+)`", named):
            codes.setdefault(code, set()).add(status)
    return codes


def codes_of_the_functions() -> set[str]:
    return {
        argument.value
        for path in (ROOT / "lambdas").rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in MAKERS
        for argument in call.args
        if isinstance(argument, ast.Constant)
        and isinstance(argument.value, str)
        and re.fullmatch(r"[a-z0-9_]+", argument.value)
    }


def test_the_page_has_exactly_the_codes_of_functions_and_gateway() -> None:
    of_the_gateway = {error.code for error in _GATEWAY_ERRORS}

    assert set(documented()) == codes_of_the_functions() | of_the_gateway | STARLETTES


def test_the_page_has_the_gateways_statuses() -> None:
    for error in _GATEWAY_ERRORS:
        if error.status is not None:
            assert str(error.status) in documented()[error.code]
