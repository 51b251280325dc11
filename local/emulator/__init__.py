"""The embedded emulator of AWS: ministack with snapshots, a journal and an identity around it.

Runs in the `.emulator` environment: ministack, and uvicorn with httptools and uvloop to serve it.
"""
