"""The embedded emulator: ministack with snapshots, a journal and an identity around it.

Runs in the bare `.emulator` environment: the standard library, ministack and what it brings.
"""
