"""The embedded emulator: ministack behind a snapshot, a journal and an identity. Runs in the bare `.emulator` environment."""
