"""What can go wrong in training and promotion. Each message is one line that says what to do."""


class TrainingError(Exception):
    """Anything the command line reports as one line with exit code 1."""


class SettingsError(TrainingError):
    """An environment variable is missing or makes no sense."""


class DataError(TrainingError):
    """The reviews do not suffice to train or to judge a model."""


class MachineError(TrainingError):
    """The machine has not what training needs."""


class TrackingError(TrainingError):
    """MLflow did not answer, or refused."""


class StorageError(TrainingError):
    """S3 did not answer, or refused."""


class PromotionRefusedError(TrainingError):
    """A version may not be served: nothing was changed."""


class PromotionConflictError(TrainingError):
    """Somebody else promoted at the same moment: the pointer is theirs, and was not changed."""


class AuditError(TrainingError):
    """The audit log cannot be read, or would have to be overwritten."""


class HyperparametersError(TrainingError):
    """The hyperparameters of the production model cannot be had from its run."""


class RunError(TrainingError):
    """A retraining run cannot go on as it was asked to; the message says why."""


class FeatureStoreError(TrainingError):
    """The feature store cannot be used; the message is its own."""


class EvaluationError(TrainingError):
    """Candidate, production or anchor cannot be judged: production stays."""
