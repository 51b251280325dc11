"""`python -m local.emulator`: serve on 127.0.0.1 until SIGTERM, with the state of `EMULATOR_STATE`.

The program that starts it gives the environment: `GATEWAY_PORT`, `EMULATOR_STATE`, `RUN_ID`, `LOOP_NAME`. What
ministack reads while it is imported is set here first.
"""

from __future__ import annotations

import asyncio
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
    )
    asyncio.run(_serve(state, owner, port))


async def _serve(state: Path, owner: dict[str, str], port: str) -> None:
    # ministack reads its environment while it is imported, and main() has just completed that.
    from hypercorn.asyncio import serve  # noqa: PLC0415
    from hypercorn.config import Config  # noqa: PLC0415

    from local.emulator.serve import Emulator  # noqa: PLC0415
    from local.emulator.snapshots import DamagedSnapshotError  # noqa: PLC0415

    try:
        emulator = Emulator(state, owner)
    except DamagedSnapshotError as error:
        sys.exit(str(error))

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.keep_alive_timeout = 75
    config.startup_timeout = 120
    config.shutdown_timeout = 60
    await serve(emulator, config, shutdown_trigger=stop.wait)


if __name__ == "__main__":
    main()
