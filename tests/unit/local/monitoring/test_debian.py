"""Debian's packages are installed without their services, and nothing stays changed, however that ends."""

from __future__ import annotations

import fcntl
import os
import shutil
from typing import TYPE_CHECKING, NamedTuple

import pytest

from local.monitoring import debian
from local.monitoring.unavailable import UnavailableError

if TYPE_CHECKING:
    from pathlib import Path

APT_GET = """\
#!/bin/sh
case "$*" in
  *download-only*) [ -e updated ] || { echo 'E: Unable to locate package prometheus'; exit 100; } ;;
  *update*) touch updated ;;
  *) "$POLICY" prometheus start; echo "$? $*" >>installed; sh during; exit $? ;;
esac
"""
SYSTEMCTL = '#!/bin/sh\necho "$*" >>units\n'
OWN_POLICY = "#!/bin/sh\n# of this machine\nexit {code}\n"


class Machine(NamedTuple):
    """A Debian of one folder, whose tools write down what they are told to do."""

    folder: Path

    @property
    def policy(self) -> Path:
        return self.folder / "policy-rc.d"

    def written(self, name: str) -> str:
        path = self.folder / name
        return path.read_text() if path.exists() else ""

    def install(self) -> None:
        debian.install(["prometheus", "prometheus-pushgateway"], log=self.folder / "logs" / "packages.log")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine(tmp_path)
    for name, script in (("apt-get", APT_GET), ("systemctl", SYSTEMCTL), ("during", "")):
        (tmp_path / name).write_text(script)
        (tmp_path / name).chmod(0o755)
    monkeypatch.setattr(debian, "POLICY", machine.policy)
    monkeypatch.setattr(debian, "LOCK", tmp_path / "lock")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("POLICY", str(machine.policy))
    monkeypatch.chdir(tmp_path)
    return machine


def test_packages_are_installed_while_no_service_may_start(machine: Machine) -> None:
    machine.install()

    code, *told = machine.written("installed").split()
    assert code == "101"
    assert told[-5:] == ["install", "--no-install-recommends", "prometheus", "prometheus-pushgateway", "--no-download"]
    assert machine.written("units") == "disable prometheus prometheus-pushgateway\n", "nor at the next boot"
    assert not machine.policy.exists()


def test_a_failed_installation_leaves_no_policy_and_says_why(machine: Machine) -> None:
    (machine.folder / "during").write_text("echo 'E: dpkg was interrupted'; exit 100")
    with pytest.raises(UnavailableError, match="apt-get failed: dpkg was interrupted"):
        machine.install()
    assert not machine.policy.exists()


def test_ctrl_c_lets_an_installation_end_and_leaves_no_policy(machine: Machine) -> None:
    (machine.folder / "during").write_text(f"kill -INT {os.getpid()}; sleep 0.2; echo ended >>installed")
    with pytest.raises(KeyboardInterrupt):
        machine.install()
    assert machine.written("installed").endswith("ended\n")
    assert not machine.policy.exists()


def test_a_policy_of_this_machine_is_asked_and_kept(machine: Machine) -> None:
    machine.policy.write_text(OWN_POLICY.format(code=101))
    machine.policy.chmod(0o755)
    machine.install()
    assert machine.written("installed")
    assert machine.policy.read_text() == OWN_POLICY.format(code=101)


@pytest.mark.parametrize(("code", "mode"), [(0, 0o755), (101, 0o644)], ids=["allows", "cannot be run"])
def test_nothing_is_installed_if_this_machine_would_start_it(machine: Machine, code: int, mode: int) -> None:
    machine.policy.write_text(OWN_POLICY.format(code=code))
    machine.policy.chmod(mode)
    with pytest.raises(UnavailableError, match="would let their services start"):
        machine.install()
    assert not machine.written("installed")
    assert machine.policy.read_text() == OWN_POLICY.format(code=code)


@pytest.mark.parametrize("share", [0, 0.5, 1])
def test_the_policy_of_a_killed_run_is_removed_by_the_next(machine: Machine, share: float) -> None:
    for again in (debian.remove_leftover, machine.install):
        machine.policy.write_text(debian._OURS[: int(len(debian._OURS) * share)])
        again()
        assert not machine.policy.exists()
    assert machine.written("installed").startswith("101 ")


def test_the_policy_of_a_run_that_goes_on_is_kept(machine: Machine) -> None:
    machine.policy.write_text(debian._OURS)
    with debian.LOCK.open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        debian.remove_leftover()
    assert machine.policy.read_text() == debian._OURS


def test_only_root_with_apt_may_install(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(machine.folder / "apt-get", machine.folder / "dpkg")
    possible = []
    for user in (0, 1000):
        monkeypatch.setattr(os, "geteuid", lambda user=user: user)
        possible.append(debian.is_possible())
    assert possible == [True, False]
