"""Only addresses that a browser may be sent to become links."""

from __future__ import annotations

import pytest

from frontend import links


@pytest.mark.parametrize(
    "url", ["", "javascript:alert(1)", "http://user:password@mlflow", "file:///etc/passwd", "//mlflow", "http://"]
)
def test_what_is_no_public_web_address_is_no_link(url: str) -> None:
    assert links.public(url) is None
    assert links.airflow_run(url, "one") is None
    assert links.mlflow_version(url, "1") is None


def test_a_run_of_the_schedule_has_a_link() -> None:
    assert links.airflow_run("http://127.0.0.1:8080/", "scheduled__2026-11-23T03:00:00+00:00") == (
        "http://127.0.0.1:8080/dags/fast_retrain_dag/runs/scheduled__2026-11-23T03%3A00%3A00%2B00%3A00"
    )
