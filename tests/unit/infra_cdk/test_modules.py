"""The modules that a handler imports are found in the source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from infra_cdk.packaging.modules import PackagingError, imported_modules

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def project(root: Path, files: Mapping[str, str]) -> Path:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    return root


def own(root: Path, module: str) -> set[str]:
    return {file.as_posix() for file in imported_modules(root, module).own}


def test_imports_are_followed_through_the_packages(tmp_path: Path) -> None:
    root = project(
        tmp_path,
        {
            "pkg/__init__.py": "",
            "pkg/handler.py": "import pkg.a\nfrom pkg import b\nfrom pkg.c import name\nimport json, boto3",
            "pkg/a.py": "from . import d",
            "pkg/b.py": "from .deep.e import x",
            "pkg/c.py": "name = 1",
            "pkg/d.py": "",
            "pkg/deep/__init__.py": "",
            "pkg/deep/e.py": "from ..d import x\nfrom .. import c",
            "pkg/unused.py": "import numpy",
            "other/__init__.py": "",
        },
    )
    modules = imported_modules(root, "pkg.handler")

    assert {file.as_posix() for file in modules.own} == {
        *("pkg/__init__.py", "pkg/handler.py", "pkg/a.py", "pkg/b.py", "pkg/c.py", "pkg/d.py"),
        *("pkg/deep/__init__.py", "pkg/deep/e.py"),
    }
    assert modules.foreign == {"json", "boto3"}


def test_an_import_inside_a_function_counts(tmp_path: Path) -> None:
    root = project(
        tmp_path,
        {"pkg/__init__.py": "", "pkg/handler.py": "def f():\n    from pkg import late", "pkg/late.py": ""},
    )

    assert "pkg/late.py" in own(root, "pkg.handler")


@pytest.mark.parametrize("guard", ["TYPE_CHECKING", "typing.TYPE_CHECKING"])
def test_an_import_for_type_checkers_does_not_count(tmp_path: Path, guard: str) -> None:
    root = project(
        tmp_path,
        {
            "pkg/__init__.py": "",
            "pkg/handler.py": f"if {guard}:\n    from pkg import types\nelse:\n    from pkg import real",
            "pkg/types.py": "",
            "pkg/real.py": "",
        },
    )

    assert own(root, "pkg.handler") == {"pkg/__init__.py", "pkg/handler.py", "pkg/real.py"}


def test_data_files_of_a_package_count_but_not_of_its_subpackages(tmp_path: Path) -> None:
    root = project(
        tmp_path,
        {
            "pkg/__init__.py": "",
            "pkg/handler.py": "",
            "pkg/page.html": "<html>",
            "pkg/static/style.css.gz": "",
            "pkg/.hidden": "",
            "pkg/__pycache__/handler.cpython-311.pyc": "",
            "pkg/sample/__init__.py": "",
            "pkg/sample/reviews.jsonl": "",
            "readme.md": "",
        },
    )

    assert own(root, "pkg.handler") == {
        *("pkg/__init__.py", "pkg/handler.py", "pkg/page.html", "pkg/static/style.css.gz"),
    }


def test_circular_imports_end(tmp_path: Path) -> None:
    root = project(tmp_path, {"pkg/__init__.py": "", "pkg/a.py": "from pkg import b", "pkg/b.py": "from pkg import a"})

    assert own(root, "pkg.a") == {"pkg/__init__.py", "pkg/a.py", "pkg/b.py"}


def test_a_missing_handler_is_named(tmp_path: Path) -> None:
    with pytest.raises(PackagingError, match=r"no module pkg\.handler"):
        imported_modules(tmp_path, "pkg.handler")


def test_a_module_that_is_not_python_is_named(tmp_path: Path) -> None:
    root = project(tmp_path, {"pkg/__init__.py": "", "pkg/handler.py": "def"})

    with pytest.raises(PackagingError, match=r"handler\.py is not Python"):
        imported_modules(root, "pkg.handler")
