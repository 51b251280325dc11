"""A function's folder is built once for each input, complete, and readable by Lambda."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from infra_cdk.packaging import asset as packaging
from infra_cdk.packaging.asset import Asset, FunctionSource, build
from infra_cdk.packaging.modules import PackagingError

RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"
HANDLER = "import json\nfrom pkg import words\n\n\ndef handler(event, context):\n    return words.WORDS\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    pkg = tmp_path / "project" / "pkg"
    pkg.mkdir(parents=True)
    (pkg / "__init__.py").touch()
    (pkg / "handler.py").write_text(HANDLER)
    (pkg / "words.py").write_text("WORDS = frozenset({'good', 'bad', 'ugly'})\n")
    (pkg / "unused.py").write_text("UNUSED = 1\n")
    return pkg.parent


def built(project: Path, *, requirements: Path | None = None, architecture: str = "x86_64") -> Asset:
    return build(
        FunctionSource("pkg.handler.handler", requirements=requirements),
        project=project,
        cache=project.parent / "cache",
        architecture=architecture,
        python_version=RUNNING,
    )


def test_the_same_input_is_built_once(project: Path) -> None:
    first = built(project)
    marker = first.folder / "pkg" / "__init__.py"
    before = marker.stat().st_ino

    assert built(project) == first
    assert marker.stat().st_ino == before


def test_a_changed_module_changes_the_hash(project: Path) -> None:
    before = built(project)
    (project / "pkg" / "words.py").write_text("WORDS = frozenset({'better'})\n")

    assert built(project).input_hash != before.input_hash


def test_a_module_that_is_not_imported_changes_nothing(project: Path) -> None:
    before = built(project)
    (project / "pkg" / "unused.py").write_text("UNUSED = 2\n")

    assert built(project) == before


def test_another_processor_is_another_asset(project: Path) -> None:
    assert built(project, architecture="arm64").input_hash != built(project).input_hash


def test_the_folder_works_from_bytecode_alone(project: Path) -> None:
    folder = built(project).folder
    (folder / "pkg" / "words.py").write_text("raise RuntimeError('the source was read')\n")
    program = f"import sys; sys.path.insert(0, {str(folder)!r}); from pkg.handler import handler; handler({{}}, 0)"

    subprocess.run([sys.executable, "-I", "-c", program], check=True, timeout=30)


def test_tracebacks_show_the_source_line(project: Path) -> None:
    (project / "pkg" / "words.py").write_text("WORDS = 1 / 0\n")
    folder = built(project).folder
    program = f"import sys; sys.path.insert(0, {str(folder)!r}); import pkg.handler"
    done = subprocess.run(
        [sys.executable, "-I", "-c", program], check=False, timeout=30, capture_output=True, text=True
    )

    assert "WORDS = 1 / 0" in done.stderr


def test_an_import_that_is_not_shipped_stops_the_build(project: Path) -> None:
    (project / "pkg" / "words.py").write_text("import numpy\n")

    with pytest.raises(PackagingError, match="imports numpy, which is in neither"):
        built(project)


def test_a_failed_build_leaves_no_folder(project: Path) -> None:
    (project / "pkg" / "words.py").write_text("import numpy\n")
    with pytest.raises(PackagingError):
        built(project)

    assert list((project.parent / "cache" / "functions").iterdir()) == []


def test_parallel_builds_agree(project: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        assets = set(pool.map(lambda _: built(project), range(4)))

    assert len(assets) == 1
    assert (assets.pop().folder / "pkg" / "handler.py").read_text() == HANDLER


def test_a_requirement_without_a_hash_is_refused(project: Path) -> None:
    (project / "lock.txt").write_text("idna==3.20\n")

    with pytest.raises(PackagingError, match=r"lock\.txt cannot be installed for Python"):
        built(project, requirements=Path("lock.txt"))


def test_another_python_version_is_refused(project: Path) -> None:
    other = "3.12" if RUNNING == "3.11" else "3.11"

    with pytest.raises(PackagingError, match=rf"Python {RUNNING} cannot compile bytecode for the python{other}"):
        build(
            FunctionSource("pkg.handler.handler"),
            project=project,
            cache=project.parent / "cache",
            architecture="x86_64",
            python_version=other,
        )


def test_lambda_can_read_what_was_built_with_a_private_umask(project: Path) -> None:
    mask = os.umask(0o077)
    try:
        folder = built(project).folder
    finally:
        os.umask(mask)

    assert (folder / "pkg").stat().st_mode & 0o777 == 0o755
    assert (folder / "pkg" / "handler.py").stat().st_mode & 0o777 == 0o644


def test_a_change_of_the_packaging_code_changes_the_hash(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = built(project)
    recipe = tmp_path / "packaging"
    recipe.mkdir()
    (recipe / "asset.py").write_text("# another way of packaging\n")
    monkeypatch.setattr(packaging, "_PACKAGING", recipe)

    assert built(project).input_hash != before.input_hash
