"""`python -m local.emulator`: serve on 127.0.0.1 until SIGTERM, with the state of `EMULATOR_STATE`.

The program that starts it gives the environment: `GATEWAY_PORT`, `EMULATOR_STATE`, `RUN_ID`, `LOOP_NAME`. What
ministack reads while it is imported is set here first.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path


def main() -> None:
    """Prepare the folders, then serve. All that is written is for this user only: secrets and keys are among it."""
    os.umask(0o077)
    state = Path(os.environ.pop("EMULATOR_STATE"))
    owner = {"run_id": os.environ.pop("RUN_ID"), "loop": os.environ.pop("LOOP_NAME")}
    port = os.environ["GATEWAY_PORT"]
    state.mkdir(parents=True, exist_ok=True)
    state.chmod(0o700)
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
        LAMBDA_WARM_TTL_SECONDS="60",  # one process a function is kept; those beside it end after so much idling
    )
    _serve(state, owner, port)


def _serve(state: Path, owner: dict[str, str], port: str) -> None:
    # ministack reads its environment while it is imported, and main() has just completed that.
    import uvicorn  # noqa: PLC0415 (as said above)

    from local.emulator.protocol import Protocol  # noqa: PLC0415 (as said above)
    from local.emulator.serve import Emulator  # noqa: PLC0415 (as said above)
    from local.emulator.snapshots import DamagedSnapshotError  # noqa: PLC0415 (as said above)

    try:
        emulator = Emulator(state, owner)
    except DamagedSnapshotError as error:
        sys.exit(str(error))
    config = uvicorn.Config(
        emulator,
        host="127.0.0.1",
        port=int(port),
        http=Protocol,
        loop="uvloop",
        ws="wsproto",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,  # the caller is who is connected
        server_header=False,
        date_header=False,  # ministack gives its own
        timeout_keep_alive=75,
        timeout_graceful_shutdown=3,
        reset_contextvars=True,  # lest a request be taken for another account's
    )
    for number in (signal.SIGTERM, signal.SIGINT):  # uvicorn raises them again once it has ended well
        signal.signal(number, _ended_well)
    uvicorn.Server(config).run()


def _ended_well(*_: object) -> None:
    sys.exit()


if __name__ == "__main__":
    main()
