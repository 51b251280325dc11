"""Errors of the feature store. Each message is one line that says what to do."""


class FeatureError(Exception):
    """Any error that the command line reports in one line, with exit code 1."""


class SettingsError(FeatureError):
    """An environment variable is missing or invalid."""


class SecretError(FeatureError):
    """The secret of the loop cannot be read."""


class AnotherKeyError(FeatureError):
    """The lake's texts are held out by the key of another loop."""


class LakeError(FeatureError):
    """S3 did not answer, or refused."""


class DamagedLakeError(LakeError):
    """An object of the lake cannot be read."""


class IngestError(FeatureError):
    """A file of reviews cannot be ingested."""


class IngestConflictError(IngestError):
    """Another process is writing to the lake, or reading a frame from it."""


class FrameError(FeatureError):
    """No training frame can be made; the message says why."""


class EmptyLakeError(FrameError):
    """Nothing has been ingested yet."""


class TooFewReviewsError(FrameError):
    """The window has too few reviews to train on."""


class LostRowsError(FrameError):
    """Feast did not return the rows that the lake has."""


class DamagedDatasetError(FeatureError):
    """A frozen dataset is missing, unfinished or damaged."""


class OfflineStoreError(FeatureError):
    """The offline store did not answer, or refused."""


class OnlineStoreError(FeatureError):
    """The online store did not answer, or refused."""
