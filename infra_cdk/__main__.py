"""Synthesises the app: the cdk command runs `python -m infra_cdk` beside cdk.json."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path

from infra_cdk import lazy_services
from infra_cdk.packaging.modules import PackagingError
from infra_cdk.settings import Settings, SettingsError

PROJECT = Path(__file__).parent.parent


def main() -> None:
    """Write the stacks' templates and assets to where the cdk command asked for them."""
    # aws-cdk-lib 2.231 under typeguard 4 warns of every interface that typeguard cannot look into.
    warnings.filterwarnings("ignore", message="Typeguard cannot check the .* protocol", category=UserWarning)
    os.environ.setdefault("JSII_DEPRECATED", "quiet")  # it warns of what it calls itself, twice a synthesis
    lazy_services.install()

    import aws_cdk as cdk  # noqa: PLC0415 - only now: the lines above come first

    from infra_cdk.app import add_stacks  # noqa: PLC0415 - the same

    app = cdk.App()
    try:
        add_stacks(app, settings=Settings.from_context(app.node.try_get_context), project=PROJECT)
    except (SettingsError, PackagingError) as error:
        sys.exit(f"infra_cdk: {error}")
    app.synth()


if __name__ == "__main__":
    main()
