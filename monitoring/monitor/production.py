"""The version in production: its pointer, and the reference that drift is measured against."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sentiment.model import artifact
from sentiment.model.reference import Reference
from sentiment.schemas.pointer import POINTER_KEY, Pointer

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class InProduction(NamedTuple):
    """A version in production.

    Attributes:
        pointer: What names it.
        reference: The distribution of its training reviews.
        positive_share: Share of them that it predicts as positive; None in old artifacts.
        reviews: How many they are.
    """

    pointer: Pointer
    reference: Reference
    positive_share: float | None
    reviews: int


class Production:
    """Reads the pointer in every run, and an artifact once."""

    def __init__(self, bucket: str, s3: S3Client) -> None:
        self._bucket = bucket
        self._s3 = s3
        self._known: InProduction | None = None

    def current(self) -> InProduction | None:
        """Return the version in production; None before the first promotion.

        Raises:
            ClientError: S3 refused a call.
            BotoCoreError: S3 did not answer in time.
            pydantic.ValidationError: The pointer is malformed.
            ArtifactError: The artifact does not load.
        """
        try:
            found = self._s3.get_object(Bucket=self._bucket, Key=POINTER_KEY)
        except self._s3.exceptions.NoSuchKey:
            return None
        pointer = Pointer.model_validate_json(found["Body"].read())
        if self._known and self._known.pointer.sha256 == pointer.sha256:
            self._known = self._known._replace(pointer=pointer)
            return self._known
        bucket, key = pointer.artifact_location
        data = self._s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        loaded = artifact.load(data, sha256=pointer.sha256)
        labels = loaded.reference.get("label", {}).get("shares")
        self._known = InProduction(
            pointer=pointer,
            reference=Reference(loaded.reference),
            positive_share=labels[-1] if labels else None,
            reviews=int(loaded.calibration.get("reserved") or loaded.training.get("reviews") or 0),
        )
        return self._known
