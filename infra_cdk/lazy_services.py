"""Makes aws_cdk load only the services that an app uses, which halves the time of a synthesis.

aws-cdk-lib 2.231 imports all of its 250 services in its `__init__`, which takes 8 of 13 seconds of processor time.
After `install`, a service is loaded when one of its names is first used. This module can go once
`python -X importtime -c "import aws_cdk"` no longer lists unused services.
"""

from __future__ import annotations

import importlib
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

_SERVICES = "aws_cdk.aws_"


class _LazyServices(MetaPathFinder, Loader):
    """Finds a placeholder for each service, which loads the service at the first access to one of its names."""

    def __init__(self) -> None:
        self._loaded: set[str] = set()

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        del path, target
        if not name.startswith(_SERVICES) or name.count(".") > 1 or name in self._loaded:
            return None
        return ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> None:
        del spec  # None means a plain module

    def exec_module(self, module: ModuleType) -> None:
        name = module.__name__

        def load_and_get(attribute: str) -> object:
            if attribute.startswith("__"):  # requested by the import machinery itself
                raise AttributeError(attribute)
            if name not in self._loaded:
                self._loaded.add(name)
                del sys.modules[name]
                importlib.import_module(name)
            return getattr(sys.modules[name], attribute)

        module.__dict__["__getattr__"] = load_and_get


def install() -> None:
    """Make services lazy. To be called once in a process, before the first import of aws_cdk."""
    if "aws_cdk" in sys.modules:
        raise RuntimeError("aws_cdk was imported before its services could be made lazy")
    sys.meta_path.insert(0, _LazyServices())
