"""What can go wrong with the feature store. Each message is one line that says what to do."""


class FeatureError(Exception):
    """Anything the command line reports as one line with exit code 1."""


class SettingsError(FeatureError):
    """An environment variable is missing or makes no sense."""


class LakeError(FeatureError):
    """S3 did not answer, or refused."""


class DamagedLakeError(LakeError):
    """S3 answers, but what lies there cannot be read."""


class IngestError(FeatureError):
    """A file of reviews cannot be ingested: nothing of it counts as done."""


class IngestConflictError(IngestError):
    """Somebody else changes the lake, or reads a frame from it, at this moment: this one gave way."""


class FrameError(FeatureError):
    """There is no training frame to be had; the message says why."""


class EmptyLakeError(FrameError):
    """Nothing was ingested yet."""


class TooFewReviewsError(FrameError):
    """The window holds too little to train on."""


class LostRowsError(FrameError):
    """Feast returned other rows than the lake has: nothing may be trained on that."""


class DamagedDatasetError(FeatureError):
    """A frozen dataset is not there, unfinished, or not what its name says."""


class OfflineStoreError(FeatureError):
    """What joins the training frame did not answer, or refused."""


class OnlineStoreError(FeatureError):
    """The online store did not answer, or refused."""
