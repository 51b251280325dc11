"""How soon a verdict moves F1 in Prometheus, in a loop that runs; every F1 on the way must be right."""

from __future__ import annotations

import math
import random
import threading
import time
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx

from sentiment.evaluation.live_quality import Cells
from sentiment.reviews.sample import load_sample
from sentiment.schemas.metrics import F1, LABELS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

VERDICTS = 60
PAUSE_S = 3.0
"""Longest time between two verdicts, so that they meet every moment of the monitor's and of Prometheus' intervals."""
LATEST_S = 60.0
_POLLED_EVERY_S = 0.1
_SERIES = f'{{__name__=~"{LABELS.name}|{F1.value.name}",window="7d",source="voluntary"}}'


class Seen(NamedTuple):
    """When Prometheus first had so many labels, as `time.monotonic` counts, and the F1 that it had with them."""

    at: float
    labels: int
    f1: float


def delays_s(api_url: str, api_key: str, prometheus_url: str) -> list[float]:
    """Give verdicts in a loop that has none yet; return the seconds from each until F1 in Prometheus counts it.

    Raises:
        RuntimeError: F1 was wrong, or a verdict was not counted within a minute.
    """
    chance = random.Random(1)
    seen: list[Seen] = []
    over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(prometheus_url, seen, over))
    watcher.start()
    try:
        given, cells = [], []
        for review in load_sample()[:VERDICTS]:
            predicted = _post(f"{api_url}/predict", api_key, {"text": review.full_text})
            verdict = chance.choice(("up", "up", "down"))
            given.append(time.monotonic())
            _post(f"{api_url}/feedback", api_key, {"prediction_id": predicted["prediction_id"], "verdict": verdict})
            cells.append(_cell(predicted["label"], verdict))
            over.wait(chance.uniform(0, PAUSE_S))
        give_up_at = time.monotonic() + LATEST_S
        while time.monotonic() < give_up_at and not (seen and seen[-1].labels >= VERDICTS):
            over.wait(_POLLED_EVERY_S)
    finally:
        over.set()
        watcher.join()
    return _delays(given, list(accumulate(cells, Cells.plus)), seen)


def _delays(given: Sequence[float], totals: Sequence[Cells], seen: Sequence[Seen]) -> list[float]:
    for one in seen:
        right = totals[one.labels - 1].f1()
        if right is None or not math.isclose(right.value, one.f1):
            raise RuntimeError(f"after {one.labels} verdicts F1 is {right}, and in Prometheus {one.f1}")
    if not seen or seen[-1].labels < len(given):
        raise RuntimeError(f"Prometheus has not all of {len(given)} verdicts after {LATEST_S:.0f} s: {seen[-1:]}")
    return [next(one.at for one in seen if one.labels >= number) - at for number, at in enumerate(given, start=1)]


def _watch(prometheus_url: str, seen: list[Seen], over: threading.Event) -> None:
    address = f"{prometheus_url}/api/v1/query"
    while not over.wait(_POLLED_EVERY_S):
        at = time.monotonic()
        answer = httpx.get(address, params={"query": _SERIES}, timeout=10).raise_for_status()
        found = answer.json()["data"]["result"]
        values = {series["metric"]["__name__"]: float(series["value"][1]) for series in found}
        labels = int(values.get(LABELS.name, 0))
        if F1.value.name in values and labels and (not seen or labels > seen[-1].labels):
            seen.append(Seen(at, labels, values[F1.value.name]))


def _cell(label: str, verdict: str) -> Cells:
    right = verdict == "up"
    if label == "positive":
        return Cells(tp=right, fp=not right)
    return Cells(tn=right, fn=not right)


def _post(url: str, api_key: str, body: Mapping[str, str]) -> dict[str, Any]:
    answer = httpx.post(url, json=body, headers={"x-api-key": api_key}, timeout=30).raise_for_status()
    found: dict[str, Any] = answer.json()
    return found
