"""The embedded emulator: ministack with snapshots, a journal and an identity around it.

Runs in the `.emulator` environment: ministack and what it brings, and uvicorn with httptools and uvloop to serve it.
"""
