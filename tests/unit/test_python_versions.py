"""Which Pythons the project runs on stands in several places, read before others can be; all say the same."""

from __future__ import annotations

import tomllib
from typing import get_args

from infra_cdk.settings import PythonVersion
from local.settings import ROOT


def test_every_place_that_says_which_pythons_says_the_same() -> None:
    minors = [int(version.removeprefix("3.")) for version in get_args(PythonVersion)]
    first, last = minors[0], minors[-1]
    assert minors == list(range(first, last + 1))
    required = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    assert required == f">=3.{first},<3.{last + 1}"
    script = (ROOT / "ops" / "find_python.sh").read_text()
    assert f"not (3, {first}) <= sys.version_info[:2] <= (3, {last})" in script
    assert f"set -- {' '.join(f'python3.{minor}' for minor in minors)} python3" in script
    assert f"Python 3.{first} to 3.{last}" in (ROOT / "README.md").read_text()
