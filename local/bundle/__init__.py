"""What an MWAA environment is made from, and the bucket that holds it."""

from local.bundle.publish import publish

__all__ = ["publish"]
