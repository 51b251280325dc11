"""Alertmanager's route, through the real gateway: the token reaches the function, which lets nobody else in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from sentiment.keys import alerts_token

if TYPE_CHECKING:
    from tests.e2e.loop import Loop

NOTHING_FIRES = {"version": "4", "status": "resolved", "receiver": "retraining", "alerts": []}


def test_only_the_token_of_this_loop_opens_the_route_of_alerts(loop: Loop) -> None:
    secret = loop.secrets_manager.get_secret_value(SecretId=loop.outputs["RaterKeySecret"])["SecretString"]

    def notify(headers: dict[str, str]) -> httpx.Response:
        return httpx.post(f"{loop.api_url}/alerts", json=NOTHING_FIRES, headers=headers, timeout=30)

    assert notify({}).status_code == 401
    assert notify({"x-api-key": loop.api_key}).status_code == 401
    assert notify({"Authorization": f"Bearer {alerts_token(b'another')}"}).status_code == 403
    answer = notify({"Authorization": f"Bearer {alerts_token(secret.encode())}"})
    assert (answer.status_code, answer.json()["state"]) == (200, "ignored")
    assert loop.call("OPTIONS", "/alerts").status >= 400, "no page may ask"
