"""What only the containers of `localstack-compose.yml` have: Redis, published ports, restarts by Docker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.sync_api import expect

from docs.take_screenshots import PAGES
from tests.browser import chromium
from tests.e2e.containers import InContainers
from tests.e2e.loop import eventually
from tests.e2e.test_retraining import served

if TYPE_CHECKING:
    from tests.e2e.deployment import Deployment
    from tests.e2e.loop import Loop

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def containers(deployment: Deployment | InContainers) -> InContainers:
    if not isinstance(deployment, InContainers):
        pytest.skip("this loop runs in no containers: make e2e CONTAINERS=1")
    return deployment


@pytest.mark.usefixtures("containers")
def test_functions_read_from_redis_what_a_retraining_wrote_there(loop: Loop) -> None:
    def used() -> None:
        answer = loop.call("POST", "/predict", {"text": "It plays all day long.", "product_id": "MicroMP3"})
        assert answer.body["product_stats"] == "used"

    eventually(used, within_s=60)


@pytest.mark.usefixtures("containers")
def test_every_page_opens_with_data(loop: Loop) -> None:
    with chromium() as browser:
        page = browser.new_page(base_url=loop.outputs["frontend_url"])
        for path, _ in PAGES.values():
            page.goto(path)
            expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=30_000)
            expect(page.locator("[data-testid=stAppSkeleton], [data-testid=stException]")).to_have_count(0)
            expect(page.get_by_text("does not answer")).to_have_count(0)


@pytest.mark.usefixtures("containers")
def test_the_servers_are_for_this_machine_and_whoever_knows_the_password(loop: Loop) -> None:
    pushgateway = loop.environment["PUSHGATEWAY_URL"].rpartition("@")[2]
    assert httpx.get(f"http://{pushgateway}/metrics", trust_env=False).status_code == httpx.codes.UNAUTHORIZED
    for name in ("mlflow_url", "mwaa_url", "frontend_url"):
        answer = httpx.get(loop.outputs[name], headers={"host": "evil.example"}, trust_env=False)
        assert answer.is_client_error, name


def test_a_scheduler_whose_worker_was_killed_comes_back(loop: Loop, containers: InContainers) -> None:
    def health(of: str) -> str:
        answer = httpx.get(f"{loop.outputs['airflow_url']}/api/v2/monitor/health", trust_env=False).json()
        return str(answer[of]["status"])

    before = containers.started("airflow-scheduler")
    containers.kill("airflow-scheduler", "airflow worker")

    def is_back() -> None:
        assert containers.started("airflow-scheduler") != before
        assert health("scheduler") == "healthy"

    eventually(is_back, within_s=90)


def test_up_again_changes_nothing(loop: Loop, containers: InContainers) -> None:
    before = served(loop)
    said = containers.up()
    assert "Deploy the stacks" not in said
    again = containers.loop()
    assert again.outputs == loop.outputs
    assert served(again) == before
