"""Synthesises the app: the cdk command runs `python -m infra_cdk` beside cdk.json."""

from __future__ import annotations

import sys
from pathlib import Path

import aws_cdk as cdk

from infra_cdk.app import add_stacks
from infra_cdk.packaging.modules import PackagingError
from infra_cdk.settings import Settings, SettingsError

PROJECT = Path(__file__).parent.parent


def main() -> None:
    """Write the stacks' templates and assets to where the cdk command asked for them."""
    app = cdk.App()
    try:
        add_stacks(app, settings=Settings.from_context(app.node.try_get_context), project=PROJECT)
    except (SettingsError, PackagingError) as error:
        sys.exit(f"infra_cdk: {error}")
    app.synth()


if __name__ == "__main__":
    main()
