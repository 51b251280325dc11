"""The supervisor's files, and which processes it may end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from signal import SIGKILL, SIGUSR1
from typing import TYPE_CHECKING

import psutil
import pytest
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from local import start, supervision
from local.processes import end, mark_of
from local.settings import ROOT
from local.sockets import socket_path
from local.supervision import Program, Supervisor
from local.watchdog import WATCHDOG

if TYPE_CHECKING:
    from local.loop import Loop


SLEEP = "import signal; print('up', flush=True); signal.pause()"


def test_a_program_runs_as_described_from_a_folder_of_any_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    supervisor = Supervisor(tmp_path / "a folder, 100% odd" / ("deep/" * 30).rstrip("/"), stop_timeout_s=5)
    with monkeypatch.context() as another_checkout:
        another_checkout.setattr(supervision, "ROOT", tmp_path)
        supervisor.start()
    said = "50% of 'this', that"
    try:
        program = Program(
            "sleeper",
            [sys.executable, "-c", SLEEP],
            {"GREETING": said, "QUOTED": 'a "word" of 50%'},
            stop_group=False,
        )
        supervisor.ensure(program)
        pid = supervisor.state("sleeper").pid
        starting = Retrying(
            retry=retry_if_result(lambda text: text != "up\n"), stop=stop_after_delay(20), wait=wait_fixed(0.05)
        )
        starting((supervisor.logs_dir / "sleeper.log").read_text)
        assert psutil.Process(pid).environ()["GREETING"] == said
        assert psutil.Process(pid).cwd() == str(ROOT), "its modules are here, whoever started the supervisor"
        assert psutil.Process(pid).environ()["QUOTED"] == 'a "word" of 50%'
        log = supervisor.logs_dir / "sleeper.log"
        assert not log.stat().st_mode & 0o077, "what servers write is for this user only"
        supervisor.ensure(program)
        assert supervisor.state("sleeper").pid == pid, "a program that runs as described is not restarted"
        supervisor.stop("sleeper")
        assert not psutil.pid_exists(pid)
    finally:
        supervisor.shutdown()
    assert not supervisor.is_running()
    assert not socket_path(supervisor.state_dir / "supervisor").parent.exists(), "nothing stays in /tmp"


def test_a_dead_supervisor_comes_back_with_the_programs_that_ran(loop: Loop) -> None:
    supervisor = loop.supervisor
    start.supervisor(loop)
    forking = (
        "import signal, subprocess, sys; signal.signal(signal.SIGUSR1, lambda *_: sys.exit(0)); "
        f"subprocess.run([sys.executable, '-c', {SLEEP!r}])"
    )
    marked = mark_of(loop.state_dir)
    for name in ("kept", "stopped"):
        supervisor.ensure(Program(name, [sys.executable, "-c", forking], marked, stop_group=True))
    supervisor.stop("stopped")
    before = _pids(supervisor)
    ends = ((WATCHDOG, SIGKILL), ("kept", SIGKILL), ("kept", SIGUSR1), (None, SIGKILL))  # SIGUSR1: exit code 0
    for victim, sent in ends:
        doomed = psutil.Process(before[victim] if victim else supervisor.pid)
        doomed.send_signal(sent)
        doomed.wait(10)

        again = Retrying(retry=retry_if_result(lambda done: not done), stop=stop_after_delay(30), wait=wait_fixed(0.05))
        again(lambda pid=doomed.pid: _are_alive(supervisor, {WATCHDOG, "kept"}, without=pid))

        again(lambda: not supervisor.strays())
        before = _pids(supervisor)
    assert "stopped" not in before


def _pids(supervisor: Supervisor) -> dict[str, int]:
    return {state.name: state.pid for state in supervisor.states()}


def _are_alive(supervisor: Supervisor, names: set[str], *, without: int) -> bool:
    """Whether the supervisor and these programs have processes, none of which is that one."""
    if not supervisor.is_running():
        return False
    pids = _pids(supervisor) | {"": supervisor.pid}
    return names <= {name for name, pid in pids.items() if pid} and without not in pids.values()


def test_only_processes_of_the_same_folder_are_strays(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path / "mine", stop_timeout_s=5)
    ours = _sleeper(str(tmp_path / "mine"))
    theirs = _sleeper(str(tmp_path / "theirs"))
    try:
        strays = supervisor.strays()
        assert [process.pid for process in strays] == [ours.pid]
        end(strays, timeout_s=5)
        assert not psutil.pid_exists(ours.pid)
        assert theirs.poll() is None
    finally:
        for process in (ours, theirs):
            process.kill()
            process.communicate()


def test_the_mark_stays_readable_where_a_library_sets_titles(tmp_path: Path) -> None:
    """As gunicorn does, which MLflow's client imports through Feast."""
    titled = _sleeper(str(tmp_path), f"import setproctitle; setproctitle.getproctitle(); {SLEEP}")
    try:
        assert [process.pid for process in Supervisor(tmp_path, stop_timeout_s=5).strays()] == [titled.pid]
    finally:
        titled.kill()
        titled.communicate()


HIDE = "import ctypes; PR_SET_DUMPABLE = 4; ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0); "
"""What an Airflow task does; nothing is hidden from root."""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux hides the environment of a process from its own user")
def test_a_stray_that_hides_its_mark_is_known_by_its_session(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path, stop_timeout_s=5)
    supervisor.start()
    forking = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {HIDE + SLEEP!r}])"
    marked = mark_of(tmp_path)
    supervisor.ensure(Program("parent", [sys.executable, "-c", forking], marked, stop_group=False))
    daemon, parent = psutil.Process(supervisor.pid), psutil.Process(supervisor.state("parent").pid)
    starting = Retrying(retry=retry_if_result(lambda log: not log), stop=stop_after_delay(20), wait=wait_fixed(0.05))
    starting((supervisor.logs_dir / "parent.log").read_text)
    (worker,) = parent.children()
    assert set(supervisor.processes()) == {daemon, parent, worker}
    assert supervisor.strays() == []

    for process in (daemon, parent):
        process.kill()
    psutil.wait_procs([daemon, parent], timeout=10)

    assert supervisor.strays() == [worker]
    end(supervisor.strays(), timeout_s=5)
    assert supervisor.processes() == []


def test_a_session_of_the_same_number_may_be_a_strangers(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path, stop_timeout_s=5)
    (tmp_path / "supervisor").mkdir()
    leaving = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {SLEEP!r}])"
    leader = subprocess.Popen(
        [sys.executable, "-c", leaving], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert leader.stdout is not None
    assert leader.stdout.readline() == "up\n"
    leader.wait(timeout=10)
    (left,) = [one for one in psutil.process_iter() if _session_of(one) == leader.pid]
    try:
        (tmp_path / "supervisor" / "supervisord.pid").write_text(f"{leader.pid}\n")
        assert supervisor.strays() == []
    finally:
        left.kill()
        leader.communicate()


def _session_of(process: psutil.Process) -> int | None:
    try:
        return os.getsid(process.pid)
    except OSError:
        return None


def test_a_stray_that_ignores_the_signal_is_killed() -> None:
    stubborn = _sleeper(
        "/x", "import signal; signal.signal(15, signal.SIG_IGN); print('up', flush=True); signal.pause()"
    )
    end([psutil.Process(stubborn.pid)], timeout_s=0.2)
    assert not psutil.pid_exists(stubborn.pid)
    stubborn.communicate()


def _sleeper(home: str, source: str = SLEEP) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", source], env=os.environ | mark_of(Path(home)), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    return process
