"""What an MWAA environment is made from, and the bucket that holds it."""

from ops.bundle.publish import publish

__all__ = ["publish"]
