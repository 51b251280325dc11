"""Paths and names that servers and clients share. Standard library only: both environments import it."""

from __future__ import annotations

OWN_PREFIX = "/_sentiment-loop"
"""Paths below this are answered by the server itself, not by the AWS service that it emulates."""
IDENTITY_PATH = f"{OWN_PREFIX}/identity"
SNAPSHOT_PATH = f"{OWN_PREFIX}/snapshot"
ADMINISTRATION_HEADER = "x-sentiment-loop-token"
"""The header without which the emulator's administration is closed."""
ADMINISTRATION_FILE = "token"
"""The file with its value, in the emulator's folder: made at each start, readable by this user only."""
API_PREFIX = "/_aws/execute-api/"
"""Before the API's id and stage: the one form of URL that ministack and LocalStack both answer."""

SERVICE = "sentiment-loop-emulator"
"""How the embedded emulator identifies itself."""
MWAA_SERVICE = "sentiment-loop-mwaa"
"""How the MWAA API on this machine identifies itself."""
