"""What Prometheus and Alertmanager are told, and when that is new."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import bcrypt
import pytest

from local.monitoring import configuration, password

if TYPE_CHECKING:
    from pathlib import Path

ADDRESSES = {"pushgateway": "127.0.0.1:9091", "alertmanager": "127.0.0.1:9093", "prometheus": "127.0.0.1:9090"}


def test_only_servers_that_run_are_scraped_and_pushed_labels_stay(tmp_path: Path) -> None:
    written = configuration.prometheus(tmp_path, ADDRESSES, rules=[])

    jobs = {job["job_name"]: job for job in written["scrape_configs"]}
    assert set(jobs) == {"pushgateway", "alertmanager", "prometheus"}
    assert [name for name, job in jobs.items() if job.get("honor_labels")] == ["pushgateway"]
    assert jobs["pushgateway"]["static_configs"] == [{"targets": ["127.0.0.1:9091"]}]
    assert configuration.prometheus(tmp_path, {"prometheus": "127.0.0.1:1"}, rules=[])["alerting"] == {
        "alertmanagers": []
    }


def test_the_password_is_in_no_configuration(tmp_path: Path) -> None:
    configuration.write(tmp_path, ADDRESSES, rules_dir=tmp_path)

    secret = password.ensure(tmp_path)
    holding = [path.name for path in tmp_path.iterdir() if secret in path.read_text()]
    assert holding == [password.FILE]
    assert str(tmp_path / password.FILE) in (tmp_path / configuration.PROMETHEUS_FILE).read_text()


def test_a_changed_rule_is_told_to_prometheus_alone(tmp_path: Path) -> None:
    rules = tmp_path / "my [rules]"
    rules.mkdir()
    (rules / "quality.yml").write_text("groups: []\n")
    before = configuration.write(tmp_path, ADDRESSES, rules_dir=rules)
    assert configuration.write(tmp_path, ADDRESSES, rules_dir=rules) == before

    (rules / "quality.yml").write_text("groups: []\n# changed\n")
    after = configuration.write(tmp_path, ADDRESSES, rules_dir=rules)

    assert [name for name in after if after[name] != before[name]] == ["prometheus"]
    written = json.loads((tmp_path / configuration.PROMETHEUS_FILE).read_text())
    assert written["rule_files"] == [f"{tmp_path}/my \\[rules]/quality.yml"], "as a pattern that means this file"


def test_without_a_folder_of_rules_there_are_none(tmp_path: Path) -> None:
    configuration.write(tmp_path, ADDRESSES, rules_dir=tmp_path / "rules")
    assert json.loads((tmp_path / configuration.PROMETHEUS_FILE).read_text())["rule_files"] == []


def test_the_password_is_made_once_for_this_user_only(tmp_path: Path) -> None:
    folder = tmp_path / "monitoring"
    password.ensure_web_file(folder)
    secret, web = password.ensure(folder), (folder / password.WEB_FILE).read_text()

    password.ensure_web_file(folder)

    assert (password.ensure(folder), (folder / password.WEB_FILE).read_text()) == (secret, web)
    assert bcrypt.checkpw(secret.encode(), json.loads(web)["basic_auth_users"][password.USER].encode())
    for name in (password.FILE, password.WEB_FILE):
        assert not (folder / name).stat().st_mode & 0o077


@pytest.mark.parametrize("web", ["", "[]", '{"basic_auth_users": {}}', '{"basic_auth_users": {"sentiment": "x"}}'])
def test_a_damaged_password_or_login_is_replaced(tmp_path: Path, web: str) -> None:
    password.ensure_web_file(tmp_path)
    old = password.ensure(tmp_path)
    (tmp_path / password.WEB_FILE).write_text(web)
    (tmp_path / password.FILE).write_text("cut sho")

    password.ensure_web_file(tmp_path)

    secret = password.ensure(tmp_path)
    assert secret not in {old, "cut sho"}
    hashed = json.loads((tmp_path / password.WEB_FILE).read_text())["basic_auth_users"][password.USER]
    assert bcrypt.checkpw(secret.encode(), hashed.encode())
