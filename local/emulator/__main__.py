"""`python -m local.emulator`: serve on 127.0.0.1 until SIGTERM, with the state in `EMULATOR_STATE`.

Its other environment variables are `GATEWAY_PORT`, `RUN_ID` and `LOOP_NAME`. Those that ministack reads while it is
imported are set here first.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import signal
import sys
from pathlib import Path

from local.addresses import ADMINISTRATION_FILE
from local.files import write_whole


def main() -> None:
    """Prepare the folders, then serve. Only this user can read the files, which include secrets and keys."""
    os.umask(0o077)
    state = Path(os.environ.pop("EMULATOR_STATE"))
    owner = {"run_id": os.environ.pop("RUN_ID"), "loop": os.environ.pop("LOOP_NAME")}
    port = os.environ["GATEWAY_PORT"]
    state.mkdir(parents=True, exist_ok=True)
    state.chmod(0o700)
    lock = os.open(state / "lock", os.O_RDWR | os.O_CREAT)  # until this process ends: no child inherits it
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:  # a second one would delete the journal to which the first one appends
        sys.exit(f"another emulator serves {state}")
    scratch = state / "scratch"
    shutil.rmtree(scratch, ignore_errors=True)  # function folders that a killed run left behind
    scratch.mkdir()
    os.environ.update(
        TMPDIR=str(scratch),
        PERSIST_STATE="1",
        S3_PERSIST="1",
        STATE_DIR=str(state),
        S3_DATA_DIR=str(state / "s3"),
        SFTP_ENABLED="0",
        IOT_MTLS_ENABLED="0",
        LAMBDA_WARM_TTL_SECONDS="60",  # one process of each function is kept; further ones end when idle for so long
    )
    _serve(state, owner, port)


def _serve(state: Path, owner: dict[str, str], port: str) -> None:
    # ministack reads its environment while it is imported, and main() has just completed that.
    import uvicorn  # noqa: PLC0415 (see above)

    from local.emulator.access import AccessControl  # noqa: PLC0415 (see above)
    from local.emulator.protocol import Protocol  # noqa: PLC0415 (see above)
    from local.emulator.serve import Emulator  # noqa: PLC0415 (see above)
    from local.emulator.snapshots import DamagedSnapshotError  # noqa: PLC0415 (see above)

    try:
        emulator = Emulator(state, owner)
    except DamagedSnapshotError as error:
        sys.exit(str(error))
    token = secrets.token_hex(32)
    write_whole(state / ADMINISTRATION_FILE, token)
    config = uvicorn.Config(
        AccessControl(emulator, token),
        host="127.0.0.1",
        port=int(port),
        http=Protocol,
        loop="uvloop",
        ws="none",  # the loop has no WebSocket API, and a page may open a WebSocket to any server
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,  # the client is the one that is connected
        server_header=False,
        date_header=False,  # ministack sends its own
        timeout_keep_alive=75,
        timeout_graceful_shutdown=3,
        reset_contextvars=True,  # otherwise a request could run with another one's account
    )
    for number in (signal.SIGTERM, signal.SIGINT):  # uvicorn raises them again after a graceful shutdown
        signal.signal(number, _exit)
    uvicorn.Server(config).run()


def _exit(*_: object) -> None:
    sys.exit()


if __name__ == "__main__":
    main()
