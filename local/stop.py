"""`make down` and `make reset`."""

from __future__ import annotations

import os
import shutil
import stat
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from local.airflow.programs import AIRFLOW, DAG_PROCESSOR, MWAA, SCHEDULER
from local.lock import exclusive
from local.loop import open_loop
from local.monitoring.servers import SERVERS
from local.processes import end
from local.programs import EMULATOR, FRONTEND, MLFLOW
from local.settings import DEFAULT_NAME, Target
from local.watchdog import WATCHDOG

if TYPE_CHECKING:
    from local.loop import Loop
    from local.settings import Settings

_IN_ORDER = (
    ((MWAA, SCHEDULER, DAG_PROCESSOR, AIRFLOW), "Stop Airflow"),
    ((FRONTEND,), "Stop the pages"),
    ((MLFLOW,), "Stop MLflow"),
    ((EMULATOR,), "Save and stop the emulator"),
    (tuple(server.name for server in reversed(SERVERS)), "Stop Prometheus"),
)
"""In this order because tasks write to Airflow's API server, everything writes to the emulator, and its functions push
their last numbers to Pushgateway."""


def down(loop: Loop) -> None:
    """Stop every server and keep all data."""
    running = loop.supervisor.is_running()
    if not running and not loop.supervisor.strays():
        loop.terminal.note("Nothing is running.")
        return
    if running:
        for name in _wanted(loop, (WATCHDOG,)):  # first, or it would bring back a supervisor that dies meanwhile
            loop.supervisor.stop(name)
        for names, title in _IN_ORDER:
            _stop(loop, names, title)
        loop.supervisor.shutdown()
    end(loop.supervisor.strays(), timeout_s=loop.settings.stop_timeout_s)
    unsaved = loop.state_dir / "emulator" / "running.json"
    if unsaved.exists():
        loop.terminal.warn(
            "The emulator did not stop cleanly: make up will replay its journal and report what was lost."
        )
    loop.terminal.note(
        f"Stopped. The data is kept in {loop.state_dir}: make up continues with it, make reset removes it."
    )


def stop_airflow(loop: Loop) -> None:
    """Stop Airflow and the MWAA API if they run."""
    if loop.supervisor.is_running():
        for name in _wanted(loop, _IN_ORDER[0][0]):
            loop.supervisor.stop(name)


def _stop(loop: Loop, names: tuple[str, ...], title: str) -> None:
    wanted = _wanted(loop, names)
    if wanted:
        with loop.terminal.step(title, key=f"stop-{names[0]}", usual_s=2):
            for name in wanted:
                loop.supervisor.stop(name)


def _wanted(loop: Loop, names: tuple[str, ...]) -> list[str]:
    """The programs of these names that run, or that the supervisor would start again."""
    known = {state.name: state for state in loop.supervisor.states()}
    return [name for name in names if name in known and not known[name].stopped]


def reset(loop: Loop, *, confirmed: bool) -> None:
    """List what would be removed, ask, stop the servers, and remove the data."""
    doomed = _contents(loop)
    if not doomed:
        loop.terminal.note(f"Nothing to remove in {loop.state_dir}.")
        return
    loop.terminal.console.print("This will be removed permanently:")
    for path, what in doomed:
        loop.terminal.console.print(f"  {_size(path):>9}  {path}  {what}", soft_wrap=True)
    if not confirmed and not loop.terminal.confirms("Remove it?", remedy="YES=1 make reset"):
        loop.terminal.note("Nothing was removed.")
        return
    inner = _inner(loop)
    with ExitStack() as locks:
        for other in inner:
            locks.enter_context(exclusive(other.state_dir, "make reset"))
        for running in (*inner, loop):
            if running.supervisor.is_running() or running.supervisor.strays():
                down(running)
        for path, _ in doomed:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
    loop.terminal.note("Removed. make up starts from scratch.")


def _inner(loop: Loop) -> list[Loop]:
    """The loops of other targets and names whose folders are inside this one's, and are removed with it."""
    found = []
    for target in Target:
        for folder in sorted(loop.state_dir.glob(f"{target}*")):
            name = folder.name.removeprefix(target).removeprefix("-") or DEFAULT_NAME
            settings = loop.settings.model_copy(update={"target": target, "loop_name": name})
            if settings.state_dir == folder:
                found.append(open_loop(settings, loop.terminal.of(settings.addressed)))
    return found


_WHAT = {
    "emulator": "predictions, feedback, the lake, models, the deployed stacks",
    "airflow": "Airflow's run history, logs and password",
    "mlflow.db": "runs and the model registry",
    "monitoring": "metrics, alerts, silences, and their password",
    "logs": "logs",
    "drill.json": "what an interrupted drill has to mend",
    "outputs.json": "addresses and the API key",
}
_KEPT = {"lock", "timings.json", "programs"}


def _contents(loop: Loop) -> list[tuple[Path, str]]:
    if not loop.state_dir.exists():
        return []
    found = [path for path in sorted(loop.state_dir.iterdir()) if path.name not in _KEPT]
    loops = {inner.state_dir: inner.settings for inner in _inner(loop)}
    return [(path, _of_loop(loops[path]) if path in loops else _WHAT.get(path.name, "")) for path in found]


def _of_loop(settings: Settings) -> str:
    named = "" if settings.loop_name == DEFAULT_NAME else f" {settings.loop_name}"
    return f"all data of the loop{named} on the target {settings.target}"


def _bytes(file: Path) -> int:
    """The size of a file; 0 of a folder, and of what the servers, which still run, have removed meanwhile."""
    try:
        found = file.lstat()
    except FileNotFoundError:
        return 0
    return 0 if stat.S_ISDIR(found.st_mode) else found.st_size


def _size(path: Path) -> str:
    size = float(_bytes(path) + sum(_bytes(Path(folder, name)) for folder, _, names in os.walk(path) for name in names))
    for unit in ("B", "KB", "MB"):
        if size < 1000:  # noqa: PLR2004 (units differ by a factor of 1000)
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
