"""Builds the folder of a function for Lambda: once for each input, and the same on every machine."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from uv import find_uv_bin

from infra_cdk.packaging.modules import ImportedModules, PackagingError, imported_modules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

# Included in every Python runtime of Lambda, and so never shipped.
RUNTIME_PACKAGES = frozenset({"boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3"})

BUILD_CACHE = Path(".build")
"""Folder of built folders, relative to the project."""

_PACKAGING = Path(__file__).parent

# The oldest glibc of the runtimes is 2.26 (python3.11, Amazon Linux 2): wheels for 2.17 run on all of them.
_PLATFORMS: Mapping[str, str] = {"x86_64": "x86_64-manylinux2014", "arm64": "aarch64-manylinux2014"}

# Of a distribution's metadata: what vulnerability scanners and `importlib.metadata` read.
_METADATA_KEPT = frozenset({"METADATA", "entry_points.txt"})

# Tests, type stubs, C sources, plug-ins of test runners and type checkers, and `pydantic.v1`: a megabyte that FastAPI
# and pydantic import only to recognise old models, and do without.
_NEVER_IMPORTED = (
    *("bin", ".lock", "**/tests", "**/__pycache__", "**/*.pyi", "**/py.typed", "**/*.[ch]"),
    *("**/testclient.py", "anyio/pytest_plugin.py", "pydantic/mypy.py", "pydantic/v1"),
)


@dataclass(frozen=True, slots=True)
class FunctionSource:
    """The source of a function.

    Attributes:
        handler: Dotted name of the function that Lambda calls, such as `lambdas.inference.handler.handler`.
            Everything that its module imports is shipped.
        requirements: Hashed lock file of the packages that it imports, relative to the project; None if the
            standard library and the runtime's boto3 are enough.
    """

    handler: str
    requirements: Path | None = None

    @property
    def module(self) -> str:
        """Dotted name of the handler's module."""
        return self.handler.rpartition(".")[0]


@dataclass(frozen=True, slots=True)
class Asset:
    """A built folder, and the hash of its input, which is the same on every machine."""

    folder: Path
    input_hash: str


def build(source: FunctionSource, *, project: Path, cache: Path, architecture: str, python_version: str) -> Asset:
    """Return a function's folder, building it if the cache does not have it.

    Args:
        source: Handler and requirements.
        project: Root folder of the project.
        cache: Has one folder for each input; may be deleted at any time except during a build.
        architecture: `x86_64` or `arm64`.
        python_version: The runtime's version, which must be this interpreter's, because bytecode depends on it.

    Raises:
        PackagingError: The function imports a package that it does not ship, the version is another one, a package
            has no wheel for the runtime, a hash differs, or a download failed.
    """
    running = f"{sys.version_info.major}.{sys.version_info.minor}"
    if python_version != running:
        raise PackagingError(f"Python {running} cannot compile bytecode for the python{python_version} runtime")
    modules = imported_modules(project, source.module)
    runtime = (architecture, python_version, importlib.util.MAGIC_NUMBER.hex())
    recipe = [(file.name, file.read_bytes()) for file in sorted(_PACKAGING.glob("*.py"))]
    lock = (project / source.requirements).read_bytes() if source.requirements else b""
    installed_hash = _hash([(name, b"") for name in runtime] + [*recipe, ("lock", lock)])
    own = [(file.as_posix(), (project / file).read_bytes()) for file in modules.own]
    input_hash = _hash([(installed_hash, b""), *own])

    def install(folder: Path) -> None:
        if source.requirements:
            _install_wheels(project / source.requirements, folder, architecture, python_version)
        _compile(folder, [folder])

    def assemble(folder: Path) -> None:
        _copy(installed, folder, _files_below(installed), copy=os.link)
        _copy(project, folder, modules.own, copy=shutil.copyfile)
        _check_complete(source, modules, folder)
        _compile(folder, [folder / file for file in modules.own if file.suffix == ".py"])

    installed = _once(cache / "dependencies" / installed_hash, install)
    return Asset(folder=_once(cache / "functions" / input_hash, assemble), input_hash=input_hash)


def _hash(parts: Iterable[tuple[str, bytes]]) -> str:
    """Return a hash of named contents, with their lengths, so that different lists differ."""
    whole = hashlib.sha256()
    for name, content in parts:
        whole.update(f"{name}\0{len(content)}\0".encode())
        whole.update(content)
    return whole.hexdigest()


def _once(folder: Path, fill: Callable[[Path], None]) -> Path:
    """Fill a folder and rename it in one step, so that nobody ever sees a half-built one."""
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".building-") as temporary:
            building = Path(temporary) / "asset"
            building.mkdir()
            fill(building)
            for path in (building, *building.rglob("*")):
                path.chmod(0o755 if path.is_dir() else 0o644)  # Lambda runs as another user
            with contextlib.suppress(FileExistsError):  # a parallel build of the same input was faster
                _rename(building, folder)
    return folder


def _rename(source: Path, target: Path) -> None:
    try:
        source.rename(target)
    except OSError as error:  # "directory not empty" on Linux
        if target.is_dir():
            raise FileExistsError(target) from error
        raise


def _install_wheels(requirements: Path, into: Path, architecture: str, python_version: str) -> None:
    """Install a lock file's wheels for a runtime, and delete files that are never imported."""
    command = [
        *(find_uv_bin(), "pip", "install", "--quiet", "--no-config", "--target", str(into)),
        *("--require-hashes", "--only-binary", ":all:", "--no-deps", "--no-compile-bytecode"),
        *("--python-platform", _PLATFORMS[architecture], "--python-version", python_version),
        *("--requirements", str(requirements)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PackagingError(
            f"{requirements} cannot be installed for Python {python_version} on {architecture}:\n{done.stderr.strip()}"
        )
    unused = [path for pattern in _NEVER_IMPORTED for path in sorted(into.glob(pattern))]
    metadata = [path for path in into.glob("*.dist-info/*") if path.name not in _METADATA_KEPT]
    for path in (*unused, *metadata):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)  # in a folder that is deleted already


def _files_below(folder: Path) -> list[Path]:
    return [path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file()]


def _copy(source: Path, target: Path, files: Iterable[Path], *, copy: Callable[[Path, Path], object]) -> None:
    for file in files:
        (target / file).parent.mkdir(parents=True, exist_ok=True)
        copy(source / file, target / file)


def _check_complete(source: FunctionSource, modules: ImportedModules, folder: Path) -> None:
    shipped = {path.name.partition(".")[0] for path in folder.iterdir()}
    if missing := sorted(modules.foreign - sys.stdlib_module_names - RUNTIME_PACKAGES - shipped):
        raise PackagingError(
            f"{source.handler} imports {', '.join(missing)}, which is in neither the runtime nor "
            f"{source.requirements or 'the project'}"
        )


def _compile(folder: Path, what: Iterable[Path]) -> None:
    """Compile files or folders to bytecode that is never checked against its source.

    A separate process with a fixed hash seed, sorted files and relative names make the bytecode depend only on the
    sources.
    """
    command = [
        *(sys.executable, "-s", "-P", "-m", "compileall", "-q", "-j", "1", "--invalidation-mode", "unchecked-hash"),
        *("-s", str(folder), "-p", "", *map(str, what)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={"PYTHONHASHSEED": "0"})
    if done.returncode:
        raise PackagingError(f"{folder} cannot be compiled: {done.stdout.strip()}{done.stderr.strip()}")
