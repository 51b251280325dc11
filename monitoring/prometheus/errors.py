"""Errors of this folder's commands."""

from __future__ import annotations


class PrometheusError(Exception):
    """A command cannot do what it was asked; the message says why in one line."""
