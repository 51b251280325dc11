"""What a retraining needs to know of its surroundings: the settings of training and of the feature store."""

from __future__ import annotations

from dataclasses import dataclass

import feature_repo.settings
from feature_repo.errors import FeatureError
from training.errors import SettingsError
from training.settings import Settings, load_settings


@dataclass(frozen=True, slots=True)
class RetrainingSettings:
    """The settings of both rooms."""

    training: Settings
    features: feature_repo.settings.Settings


def load_retraining_settings() -> RetrainingSettings:
    """Read the settings from the environment.

    Raises:
        SettingsError: One line naming every variable of a room that is missing or wrong.
    """
    return with_features(load_settings())


def with_features(training: Settings) -> RetrainingSettings:
    """Read those of the feature store beside settings of training that were read already.

    Raises:
        SettingsError: As above.
    """
    try:
        return RetrainingSettings(training, feature_repo.settings.load_settings())
    except FeatureError as error:
        raise SettingsError(str(error)) from error
