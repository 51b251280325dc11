"""The stores that `feature_store.yaml` names: those that the settings choose.

Feast's command line imports this as `from_settings`: it has this folder on its path, and not the one of the package.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

sys.path.append(str(Path(__file__).resolve().parent.parent))

from feature_repo.errors import FeatureError
from feature_repo.offline.duckdb_engine import use_duckdb
from feature_repo.settings import load_settings
from feature_repo.store import repo_config

if TYPE_CHECKING:
    from feast import RepoConfig


class OfflineStoreConfig:
    """Feast calls this for its offline store's configuration."""

    def __new__(cls, **_: str) -> Any:  # noqa: ANN401 - each store has a class of its own
        """Return the configuration of the store that `FEATURE_OFFLINE_STORE` names."""
        return _config().offline_store


class OnlineStoreConfig:
    """Feast calls this for its online store's configuration."""

    def __new__(cls, **_: str) -> Any:  # noqa: ANN401 - the same
        """Return the configuration of the store that `FEATURE_ONLINE_STORE` names."""
        return _config().online_store


def _config() -> RepoConfig:
    try:
        settings = load_settings()
        if settings.feature_offline_store == "duckdb":
            use_duckdb(settings)
    except FeatureError as error:
        raise click.ClickException(str(error)) from error
    return repo_config(settings)
