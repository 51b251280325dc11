"""Synthesises the app: the cdk command runs `python -m infra_cdk` in the folder of cdk.json."""

from __future__ import annotations

import os
import sys
import warnings

from infra_cdk import lazy_services
from infra_cdk.deployments import PROJECT, SettingsError
from infra_cdk.packaging.modules import PackagingError
from infra_cdk.settings import Settings


def main() -> None:
    """Write templates and assets to the folder that the cdk command names."""
    # aws-cdk-lib 2.231 makes typeguard 4 warn of every interface that it cannot check.
    warnings.filterwarnings("ignore", message="Typeguard cannot check the .* protocol", category=UserWarning)
    os.environ.setdefault("JSII_DEPRECATED", "quiet")  # it warns of its own calls, twice a synthesis
    os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")
    lazy_services.install()

    import aws_cdk as cdk  # noqa: PLC0415 - after the lines above

    from infra_cdk.app import add_stacks  # noqa: PLC0415 - the same

    app = cdk.App()
    try:
        settings = Settings.from_context(app.node.try_get_context, os.environ)
        add_stacks(app, settings=settings, project=PROJECT)
    except (SettingsError, PackagingError) as error:
        sys.exit(f"infra_cdk: {error}")
    app.synth()


if __name__ == "__main__":
    main()
