"""Synthesises the app: the cdk command runs `python -m infra_cdk` beside cdk.json."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

# aws-cdk-lib 2.231 with typeguard 4 warns of every interface that typeguard cannot look into: nothing of ours.
warnings.filterwarnings("ignore", message="Typeguard cannot check the .* protocol", category=UserWarning)

import aws_cdk as cdk  # noqa: E402 - the filter must be there first

from infra_cdk.app import add_stacks  # noqa: E402 - the same
from infra_cdk.packaging.modules import PackagingError  # noqa: E402 - the same
from infra_cdk.settings import Settings, SettingsError  # noqa: E402 - the same

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
