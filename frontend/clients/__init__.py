"""The servers that the pages talk to, each behind a small typed client with timeouts."""
