"""What a handler imports."""

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


def test_imports_are_followed_through_the_rooms(tmp_path: Path) -> None:
    root = project(
        tmp_path,
        {
            "room/__init__.py": "",
            "room/handler.py": "import room.a\nfrom room import b\nfrom room.c import name\nimport json, boto3",
            "room/a.py": "from . import d",
            "room/b.py": "from .deep.e import x",
            "room/c.py": "name = 1",
            "room/d.py": "",
            "room/deep/__init__.py": "",
            "room/deep/e.py": "from ..d import x\nfrom .. import c",
            "room/unused.py": "import numpy",
            "other/__init__.py": "",
        },
    )
    modules = imported_modules(root, "room.handler")

    assert {file.as_posix() for file in modules.own} == {
        *("room/__init__.py", "room/handler.py", "room/a.py", "room/b.py", "room/c.py", "room/d.py"),
        *("room/deep/__init__.py", "room/deep/e.py"),
    }
    assert modules.foreign == {"json", "boto3"}


def test_an_import_inside_a_function_counts(tmp_path: Path) -> None:
    root = project(
        tmp_path,
        {"room/__init__.py": "", "room/handler.py": "def f():\n    from room import late", "room/late.py": ""},
    )

    assert "room/late.py" in own(root, "room.handler")


@pytest.mark.parametrize("guard", ["TYPE_CHECKING", "typing.TYPE_CHECKING"])
def test_an_import_for_type_checkers_alone_does_not_count(tmp_path: Path, guard: str) -> None:
    root = project(
        tmp_path,
        {
            "room/__init__.py": "",
            "room/handler.py": f"if {guard}:\n    from room import types\nelse:\n    from room import real",
            "room/types.py": "",
            "room/real.py": "",
        },
    )

    assert own(root, "room.handler") == {"room/__init__.py", "room/handler.py", "room/real.py"}


def test_a_package_brings_its_data_files_but_not_those_of_packages_inside(tmp_path: Path) -> None:
    root = project(
        tmp_path,
        {
            "room/__init__.py": "",
            "room/handler.py": "",
            "room/page.html": "<html>",
            "room/static/style.css.gz": "",
            "room/.hidden": "",
            "room/__pycache__/handler.cpython-311.pyc": "",
            "room/sample/__init__.py": "",
            "room/sample/reviews.jsonl": "",
            "readme.md": "",
        },
    )

    assert own(root, "room.handler") == {
        *("room/__init__.py", "room/handler.py", "room/page.html", "room/static/style.css.gz"),
    }


def test_modules_that_import_each_other_end(tmp_path: Path) -> None:
    root = project(
        tmp_path, {"room/__init__.py": "", "room/a.py": "from room import b", "room/b.py": "from room import a"}
    )

    assert own(root, "room.a") == {"room/__init__.py", "room/a.py", "room/b.py"}


def test_a_handler_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(PackagingError, match=r"no module room\.handler"):
        imported_modules(tmp_path, "room.handler")


def test_a_module_that_is_not_python_is_named(tmp_path: Path) -> None:
    root = project(tmp_path, {"room/__init__.py": "", "room/handler.py": "def"})

    with pytest.raises(PackagingError, match=r"handler\.py is not Python"):
        imported_modules(root, "room.handler")
