"""The settings of a retraining: those of training and of the feature store."""

from __future__ import annotations

from dataclasses import dataclass

import feature_repo.settings
from feature_repo.errors import FeatureError
from training.errors import SettingsError
from training.settings import Settings, load_settings


@dataclass(frozen=True, slots=True)
class RetrainingSettings:
    """The settings of both packages."""

    training: Settings
    features: feature_repo.settings.Settings


def load_retraining_settings() -> RetrainingSettings:
    """Read the settings from the environment.

    Raises:
        SettingsError: One line naming every missing or invalid variable of a package.
    """
    return with_features(load_settings())


def with_features(training: Settings) -> RetrainingSettings:
    """Read the settings of the feature store and return them with those of training.

    Raises:
        SettingsError: One line naming every missing or invalid variable.
    """
    try:
        return RetrainingSettings(training, feature_repo.settings.load_settings())
    except FeatureError as error:
        raise SettingsError(str(error)) from error
