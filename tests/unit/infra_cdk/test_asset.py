"""Building a function's folder."""

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
HANDLER = "import json\nfrom room import words\n\n\ndef handler(event, context):\n    return words.WORDS\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    room = tmp_path / "project" / "room"
    room.mkdir(parents=True)
    (room / "__init__.py").touch()
    (room / "handler.py").write_text(HANDLER)
    (room / "words.py").write_text("WORDS = frozenset({'good', 'bad', 'ugly'})\n")
    (room / "unused.py").write_text("UNUSED = 1\n")
    return room.parent


def built(project: Path, *, requirements: Path | None = None, architecture: str = "x86_64") -> Asset:
    return build(
        FunctionSource("room.handler.handler", requirements=requirements),
        project=project,
        cache=project.parent / "cache",
        architecture=architecture,
        python_version=RUNNING,
    )


def test_the_same_input_is_built_once(project: Path) -> None:
    first = built(project)
    marker = first.folder / "room" / "__init__.py"
    before = marker.stat().st_ino

    assert built(project) == first
    assert marker.stat().st_ino == before


def test_a_changed_module_changes_the_hash(project: Path) -> None:
    before = built(project)
    (project / "room" / "words.py").write_text("WORDS = frozenset({'better'})\n")

    assert built(project).input_hash != before.input_hash


def test_a_module_that_nobody_imports_changes_nothing(project: Path) -> None:
    before = built(project)
    (project / "room" / "unused.py").write_text("UNUSED = 2\n")

    assert built(project) == before


def test_another_processor_is_another_asset(project: Path) -> None:
    assert built(project, architecture="arm64").input_hash != built(project).input_hash


def test_the_folder_serves_from_bytecode_alone(project: Path) -> None:
    folder = built(project).folder
    (folder / "room" / "words.py").write_text("raise RuntimeError('the source was read')\n")
    program = f"import sys; sys.path.insert(0, {str(folder)!r}); from room.handler import handler; handler({{}}, 0)"

    subprocess.run([sys.executable, "-I", "-c", program], check=True, timeout=30)


def test_tracebacks_name_the_line(project: Path) -> None:
    (project / "room" / "words.py").write_text("WORDS = 1 / 0\n")
    folder = built(project).folder
    program = f"import sys; sys.path.insert(0, {str(folder)!r}); import room.handler"
    done = subprocess.run(
        [sys.executable, "-I", "-c", program], check=False, timeout=30, capture_output=True, text=True
    )

    assert "WORDS = 1 / 0" in done.stderr


def test_an_import_that_nobody_brings_stops_the_build(project: Path) -> None:
    (project / "room" / "words.py").write_text("import numpy\n")

    with pytest.raises(PackagingError, match="imports numpy, which is in neither"):
        built(project)


def test_a_build_that_fails_leaves_nothing_that_looks_built(project: Path) -> None:
    (project / "room" / "words.py").write_text("import numpy\n")
    with pytest.raises(PackagingError):
        built(project)

    assert list((project.parent / "cache" / "functions").iterdir()) == []


def test_builds_at_once_agree(project: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        assets = set(pool.map(lambda _: built(project), range(4)))

    assert len(assets) == 1
    assert (assets.pop().folder / "room" / "handler.py").read_text() == HANDLER


def test_a_requirement_without_a_hash_is_refused(project: Path) -> None:
    (project / "lock.txt").write_text("idna==3.20\n")

    with pytest.raises(PackagingError, match=r"lock\.txt cannot be installed for Python"):
        built(project, requirements=Path("lock.txt"))


def test_bytecode_for_another_version_cannot_be_made_here(project: Path) -> None:
    other = "3.12" if RUNNING == "3.11" else "3.11"

    with pytest.raises(PackagingError, match=rf"Python {RUNNING} cannot compile bytecode for the python{other}"):
        build(
            FunctionSource("room.handler.handler"),
            project=project,
            cache=project.parent / "cache",
            architecture="x86_64",
            python_version=other,
        )


def test_lambda_can_read_what_was_built_under_a_private_mask(project: Path) -> None:
    mask = os.umask(0o077)
    try:
        folder = built(project).folder
    finally:
        os.umask(mask)

    assert (folder / "room").stat().st_mode & 0o777 == 0o755
    assert (folder / "room" / "handler.py").stat().st_mode & 0o777 == 0o644


def test_a_change_of_the_packaging_itself_changes_every_hash(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = built(project)
    recipe = tmp_path / "packaging"
    recipe.mkdir()
    (recipe / "asset.py").write_text("# another way of packaging\n")
    monkeypatch.setattr(packaging, "_PACKAGING", recipe)

    assert built(project).input_hash != before.input_hash
