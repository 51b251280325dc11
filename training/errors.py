"""What can go wrong in training and promotion. Each message is one line that says what to do."""


class TrainingError(Exception):
    """Anything the command line reports as one line with exit code 1."""


class SettingsError(TrainingError):
    """An environment variable is missing or makes no sense."""


class DataError(TrainingError):
    """The reviews do not suffice to train or to judge a model."""


class TrackingError(TrainingError):
    """MLflow did not answer, or refused."""


class StorageError(TrainingError):
    """S3 did not answer, or refused."""


class PromotionRefusedError(TrainingError):
    """A version may not be served: nothing was changed."""


class PromotionConflictError(TrainingError):
    """Somebody else promoted at the same moment: the pointer is theirs, and was not changed."""
