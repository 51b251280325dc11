"""Feast is imported without the checks that make its import slow."""

from __future__ import annotations

import subprocess
import sys

CHECKS = """
import feature_repo.features
from feast import FeatureView
print("check_argument_types" in FeatureView.__init__.__code__.co_names)
"""


def test_feast_does_not_check_types_while_it_runs() -> None:
    assert subprocess.check_output([sys.executable, "-c", CHECKS], text=True).strip() == "False"
