"""What the emulator and those who speak to it call things. Standard library only: both environments import it."""

from __future__ import annotations

OWN_PREFIX = "/_sentiment-loop"
"""What is below is answered by the process itself, not by the AWS it stands for."""
IDENTITY_PATH = f"{OWN_PREFIX}/identity"
SNAPSHOT_PATH = f"{OWN_PREFIX}/snapshot"
API_PREFIX = "/_aws/execute-api/"
"""Before the API's id and stage: the one form of address that ministack and LocalStack both answer."""

SERVICE = "sentiment-loop-emulator"
"""What the embedded emulator calls itself, so that it is not taken for another server."""
MWAA_SERVICE = "sentiment-loop-mwaa"
"""What the MWAA API on this machine calls itself."""
