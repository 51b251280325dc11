"""Finds the modules that a handler imports, by parsing the project's source files."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class PackagingError(RuntimeError):
    """A function cannot be packaged; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class ImportedModules:
    """The modules that a module imports, directly or not.

    Attributes:
        own: Files of the project, relative to its root, sorted: modules, the `__init__.py` of their packages,
            and data files in the folders of those packages.
        foreign: Top-level names of all others, from the standard library or from installed packages.
    """

    own: tuple[Path, ...]
    foreign: frozenset[str]


def imported_modules(root: Path, module: str) -> ImportedModules:
    """Return the modules that a module imports, also inside functions, but not under `if TYPE_CHECKING:`.

    Imports of computed names are not found.

    Raises:
        PackagingError: The module does not exist, or one of the project's modules is not Python.
    """
    own: dict[str, Path] = {}
    foreign: set[str] = set()
    waiting = [module]
    if _file_of(root, module) is None:
        raise PackagingError(f"there is no module {module} below {root}")
    while waiting:
        name = waiting.pop()
        if name in own:
            continue
        if not _is_own(root, name):
            foreign.add(name.partition(".")[0])
            continue
        file = _file_of(root, name)
        if file is None:  # `from package import name`, where the name is no module
            continue
        own[name] = file
        if "." in name:
            waiting.append(name.rpartition(".")[0])
        waiting.extend(_imports_of(root / file, name, is_package=file.name == "__init__.py"))
    packages = {file.parent for file in own.values() if file.name == "__init__.py"}
    data = {file for package in packages for file in _data_files(root, package)}
    return ImportedModules(own=tuple(sorted({*own.values(), *data})), foreign=frozenset(foreign))


def _is_own(root: Path, name: str) -> bool:
    top = name.partition(".")[0]
    return (root / top / "__init__.py").is_file() or (root / f"{top}.py").is_file()


def _file_of(root: Path, name: str) -> Path | None:
    base = root.joinpath(*name.split("."))
    for file in (base / "__init__.py", base.with_name(f"{base.name}.py")):
        if file.is_file():
            return file.relative_to(root)
    return None


def _data_files(root: Path, package: Path) -> Iterator[Path]:
    """Yield the files beside a package's modules, and in its folders that are not packages."""
    for path in (root / package).iterdir():
        if path.name.startswith(".") or path.name == "__pycache__":
            continue
        if path.is_dir() and not (path / "__init__.py").is_file():
            yield from _data_files(root, path.relative_to(root))
        elif path.is_file() and path.suffix != ".py":
            yield path.relative_to(root)


def _imports_of(file: Path, module: str, *, is_package: bool) -> Iterator[str]:
    try:
        tree = ast.parse(file.read_bytes(), filename=str(file))
    except SyntaxError as error:
        raise PackagingError(f"{file} is not Python: {error}") from error
    package = module if is_package else module.rpartition(".")[0]
    for node in _running_code(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parts, base] if base else parts)
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _running_code(node: ast.AST) -> Iterator[ast.AST]:
    """Yield every node except those under `if TYPE_CHECKING:`."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and _is_type_checking(child.test):
            for other in child.orelse:
                yield other
                yield from _running_code(other)
            continue
        yield child
        yield from _running_code(child)


def _is_type_checking(test: ast.expr) -> bool:
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", None)
    return name == "TYPE_CHECKING"
