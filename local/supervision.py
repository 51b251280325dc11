"""Process supervision by supervisord: one daemon for each state folder, one log for each program."""

from __future__ import annotations

import http.client
import shlex
import shutil
import subprocess
import sys
import xmlrpc.client
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psutil
from tenacity import RetryError, Retrying, retry_if_result, stop_after_delay, wait_fixed

from local.environment import bare
from local.errors import LocalError
from local.processes import mark_of, processes_of
from local.settings import ROOT
from local.sockets import SocketTransport, make_private, socket_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_TIMEOUT_S = 30.0
_POLL = wait_fixed(0.1)
_NEVER_GIVE_UP = 1_000_000
"""Attempts; each waits a second longer than the one before."""


_STARTED = frozenset({"STARTING", "RUNNING", "BACKOFF"})
_STOPPED = frozenset({"STOPPED", "FATAL", "UNKNOWN"})
_ALREADY_STARTED, _NOT_RUNNING = 60, 70
"""supervisor's fault codes."""


@dataclass(frozen=True)
class Program:
    """A server to supervise: started again however it ends, until it is stopped.

    `stop_group`: whether SIGTERM goes to its children too, for servers that do not end them. `events`: what supervisord
    tells it on standard input, for one of its event listeners.
    """

    name: str
    command: list[str]
    environment: dict[str, str]
    stop_group: bool
    events: tuple[str, ...] = ()


@dataclass(frozen=True)
class ProgramState:
    """A program's state as supervisord knows it. `started_at` is in unix seconds."""

    name: str
    state: str
    pid: int
    started_at: int
    ended: str

    @property
    def alive(self) -> bool:
        """Whether it has a process."""
        return self.pid != 0

    @property
    def stopped(self) -> bool:
        """Whether it has no process and none will be started."""
        return self.state in _STOPPED

    @property
    def failed(self) -> bool:
        """Whether its newest process ended within seconds."""
        return self.state in _STOPPED | {"BACKOFF"}


class Supervisor:
    """The supervisord of one state folder. Creating this object starts nothing."""

    def __init__(self, state_dir: Path, *, stop_timeout_s: float) -> None:
        self.state_dir = state_dir
        self.logs_dir = state_dir / "logs"
        self._folder = state_dir / "supervisor"
        self._programs = self._folder / "programs"
        self._config = self._folder / "supervisord.conf"
        self._pid_file = self._folder / "supervisord.pid"
        self._log = self.logs_dir / "supervisord.log"
        self._socket = socket_path(self._folder)
        self.stop_timeout_s = stop_timeout_s
        self._rpc: Any = xmlrpc.client.ServerProxy("http://localhost/RPC2", transport=SocketTransport(self._socket))

    def is_running(self) -> bool:
        """Whether the daemon answers."""
        try:
            return bool(self._rpc.supervisor.getState()["statename"] == "RUNNING")
        except (OSError, http.client.HTTPException):
            return False

    @property
    def pid(self) -> int:
        """The daemon's process id."""
        return int(self._rpc.supervisor.getPID())

    def start(self) -> None:
        """Start the daemon, with no program running yet."""
        for stale in self._programs.glob("*.ini"):
            stale.unlink()
        self.restart()

    def restart(self) -> None:
        """Start the daemon again after it died, with the programs that it ran."""
        self._programs.mkdir(parents=True, exist_ok=True)
        self.logs_dir.mkdir(parents=True, exist_ok=True)
        make_private(self._socket.parent)
        self._config.write_text(_daemon_config(self._socket, self._pid_file, self._log))
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(self._config)]
        environment = bare() | mark_of(self.state_dir)
        try:
            done = subprocess.run(
                command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise self._failed(f"did not start within {_TIMEOUT_S:.0f} s") from error
        if done.returncode:
            reason = (done.stderr or done.stdout).strip().splitlines()[-1:]
            raise self._failed(f"did not start: {' '.join(reason)}")
        waiting = Retrying(retry=retry_if_result(lambda up: not up), stop=stop_after_delay(15), wait=_POLL)
        try:
            waiting(self.is_running)
        except RetryError as error:
            raise self._failed("started but does not answer") from error

    def ensure(self, program: Program) -> None:
        """Start the program unless it runs as described already; restart it when its description changed."""
        path = self._description(program.name)
        text = _program_config(program, self.logs_dir, self.stop_timeout_s)
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            path.chmod(0o600)
        added, changed, _ = self._rpc.supervisor.reloadConfig()[0]
        if program.name in changed:
            self._end(program.name)
            self._rpc.supervisor.removeProcessGroup(program.name)
        if program.name in added or program.name in changed:
            self._rpc.supervisor.addProcessGroup(program.name)
        if self.state(program.name).failed:  # try at once, not when the next attempt is due
            self._end(program.name)
        if self.state(program.name).state not in _STARTED:
            with _accepted(_ALREADY_STARTED):
                self._rpc.supervisor.startProcess(program.name, False)  # noqa: FBT003 (XML-RPC has no keywords)

    def states(self) -> list[ProgramState]:
        """Every program, running or not."""
        return [
            ProgramState(i["name"], i["statename"], i["pid"], i["start"], i["spawnerr"] or i["description"])
            for i in self._rpc.supervisor.getAllProcessInfo()
        ]

    def state(self, name: str) -> ProgramState:
        """One program."""
        return next(state for state in self.states() if state.name == name)

    def stop(self, name: str) -> None:
        """Stop a program and wait until its process is gone. It is not started again with the daemon."""
        self._description(name).unlink(missing_ok=True)
        self._end(name)

    def _end(self, name: str) -> None:
        def stop() -> ProgramState:
            if self.state(name).state in _STARTED:
                with _accepted(_NOT_RUNNING):  # it has just died; supervisord is about to start another
                    self._rpc.supervisor.stopProcess(name, False)  # noqa: FBT003 (XML-RPC has no keywords)
            return self.state(name)

        waiting = Retrying(
            retry=retry_if_result(lambda state: not state.stopped),
            stop=stop_after_delay(self.stop_timeout_s + 10),
            wait=_POLL,
        )
        try:
            waiting(stop)
        except RetryError as error:
            pid = error.last_attempt.result().pid
            raise LocalError(
                f"{name} (process {pid}) did not stop within {self.stop_timeout_s + 10:.0f} s.",
                remedy=f"kill -9 {pid}, then make down",
                log=self.logs_dir / f"{name}.log",
            ) from error

    def _description(self, name: str) -> Path:
        return self._programs / f"{name}.ini"

    def shutdown(self) -> None:
        """Stop the daemon; its programs must have been stopped before."""
        daemon = psutil.Process(self.pid)
        self._rpc.supervisor.shutdown()
        try:
            daemon.wait(timeout=_TIMEOUT_S)
        except psutil.TimeoutExpired as error:
            raise self._failed(f"(process {daemon.pid}) did not stop within {_TIMEOUT_S:.0f} s") from error
        if self._socket.parent != self._folder:
            shutil.rmtree(self._socket.parent)

    def _failed(self, what: str) -> LocalError:
        return LocalError(f"The process supervisor {what}.", remedy="make down, then make up", log=self._log)

    def processes(self) -> list[psutil.Process]:
        """All processes of this state folder."""
        return processes_of(self.state_dir, self._pid_file)

    def strays(self) -> list[psutil.Process]:
        """Processes of this state folder that no running daemon supervises, such as those of one that was killed."""
        found = self.processes()  # before the supervised ones: whatever starts in between is no stray
        supervised: set[int] = set()
        if self.is_running():
            daemon = psutil.Process(self.pid)
            supervised = {daemon.pid, *(child.pid for child in daemon.children(recursive=True))}
        return [process for process in found if process.pid not in supervised]


@contextmanager
def _accepted(code: int) -> Iterator[None]:
    """Accept one of supervisor's faults."""
    try:
        yield
    except xmlrpc.client.Fault as fault:
        if fault.faultCode != code:
            raise


def _daemon_config(socket_path: Path, pid_file: Path, log: Path) -> str:
    return f"""\
[unix_http_server]
file={_escaped(socket_path)}
chmod=0700

[supervisord]
logfile={_escaped(log)}
pidfile={_escaped(pid_file)}
directory={_escaped(ROOT)}
nodaemon=false
umask=077
logfile_maxbytes=5MB
logfile_backups=1

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[include]
files = programs/*.ini
"""


def _program_config(program: Program, logs_dir: Path, stop_timeout_s: float) -> str:
    # Each program names its folder: the daemon may have been started from another checkout, with other modules.
    # supervisor 4.3.0 expands the log's name twice.
    log = _escaped(_escaped(logs_dir / f"{program.name}.log"))
    environment = ",".join(f"{name}={_quoted(value)}" for name, value in program.environment.items())
    if program.events:  # its standard output is the protocol
        kind = "eventlistener"
        output = f"events={','.join(program.events)}\nstderr_logfile={log}\nstdout_logfile=NONE"
    else:
        kind = "program"
        output = f"redirect_stderr=true\nstdout_logfile={log}\nstdout_logfile_maxbytes=10MB\nstdout_logfile_backups=1"
    return f"""\
[{kind}:{program.name}]
command={_escaped(shlex.join(program.command))}
directory={_escaped(ROOT)}
environment={environment}
autostart=true
autorestart=true
startsecs=5
startretries={_NEVER_GIVE_UP}
stopsignal=TERM
stopasgroup={"true" if program.stop_group else "false"}
killasgroup=true
stopwaitsecs={stop_timeout_s:.0f}
{output}
"""


def _quoted(value: str) -> str:
    # supervisor knows both kinds of quotation marks and no escape for either.
    if '"' in value and "'" in value:
        raise ValueError(f"supervisor cannot take a value with both kinds of quotation marks: {value!r}")
    mark = "'" if '"' in value else '"'
    return f"{mark}{_escaped(value)}{mark}"


def _escaped(value: object) -> str:
    return str(value).replace("%", "%%")
