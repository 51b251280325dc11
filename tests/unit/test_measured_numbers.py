"""The README's measured numbers are those of `bench/results.json`, to the last digit that is shown."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?!\w)")
LEFT_OUT = {
    "TF-IDF + LR": "LR, TF-IDF",
    "VADER": "VADER",
    "LinearSVC": "LinearSVC, TF-IDF",
    "fastText": "fastText, bigrams",
    "TextBlob": "TextBlob",
}
SCORING = {"the same model in scikit-learn": "its sklearn pipeline", "TextBlob": "TextBlob", "VADER": "VADER"}
FUNCTION = {"on scikit-learn": "sklearn + joblib", "on onnxruntime": "onnxruntime"}
SCALE = {
    "TfidfVectorizer + LR": "TfidfVectorizer + LogisticRegression",
    "HashingVectorizer + SGD": "HashingVectorizer + SGDClassifier",
}


class Measured(NamedTuple):
    """The rows of one benchmark that one row of the README shows, and what it calls their peers."""

    benchmark: str
    rows: tuple[str, ...]
    peers: dict[str, str]


CALIBRATION = "calibration error (15 bins)"
SHOWN = {
    "macro-F1 on the sample": Measured("quality", ("macro-F1, sample, each source left out",), LEFT_OUT),
    "calibration error, ": Measured("quality", (f"{CALIBRATION}, all sets together, held-out reviews",), {}),
    "the same, the sample's": Measured("quality", (f"{CALIBRATION}, sample, held-out reviews",), {}),
    "the same, every review": Measured("quality", (f"{CALIBRATION}, sample, every review held out once",), {}),
    "scoring a review": Measured("scoring", ("scoring one review, the sample's median",), SCORING),
    "the inference function": Measured(
        "function",
        (
            "inference function: asset unzipped",
            "inference function: import and load, with its AWS clients",
            "inference function: memory",
        ),
        FUNCTION,
    ),
    "a product's numbers": Measured(
        "product",
        ("a product's features: added to p50 of a request",),
        {"Feast's own read": "Feast's get_online_features"},
    ),
    "`make retrain`": Measured("retraining", ("DAG on the built-in sample, trigger to new version answering",), {}),
    "its trigger": Measured(
        "retraining",
        ("trigger through invoke_rest_api, to a run id",),
        {"Airflow's command line": "Airflow's command line through the same API"},
    ),
    "training frame of 1,000,000": Measured(
        "features", ("training frame of 1,000,000 reviews",), {"Feast's DuckDB store": "Feast's DuckDB store"}
    ),
    "the same, peak memory": Measured(
        "features",
        ("training frame of 1,000,000 reviews, peak memory",),
        {"Feast's DuckDB store": "Feast's DuckDB store"},
    ),
    "training on 1,000,000": Measured("scale", ("training on 1,000,000 reviews",), SCALE),
    "its peak memory": Measured(
        "scale", ("training on 1,000,000 reviews: memory at its highest, all processes",), SCALE
    ),
    "its F1 on": Measured("scale", ("training on 1,000,000 reviews: held-out F1",), SCALE),
    "feedback under attack": Measured("poisoning", ("feedback: the most that an attack costs, of either F1",), {}),
    "`POST /predict`": Measured(
        "loop", ("POST /predict through the gateway, p50", "POST /predict through the gateway, p95"), {}
    ),
    "the same with eight": Measured("loop", ("POST /predict with 8 clients",), {}),
    "fresh clone": Measured("loop", ("fresh clone to first answer (make up)", "make up again"), {}),
}
"""By how a row of the README begins."""

TABLE = (ROOT / "README.md").read_text().split("\n## How good, how fast\n")[1].split("\n## ")[0]
LINES = [[cell.strip() for cell in line.split("|")[1:-1]] for line in TABLE.splitlines() if line.startswith("| ")][1:]
RESULTS = json.loads((ROOT / "bench" / "results.json").read_text())


def measured_of(label: str) -> tuple[Measured, list[dict[str, Any]]]:
    (measured,) = (found for beginning, found in SHOWN.items() if label.startswith(beginning))
    rows = {row["name"]: row for row in RESULTS[measured.benchmark]["rows"]}
    return measured, [rows[name] for name in measured.rows]


def as_shown(text: str, values: list[float]) -> list[str]:
    """Return the values with as many decimals as the numbers of the text have."""
    shown = NUMBER.findall(text)
    assert len(shown) == len(values), text
    return [
        f"{value:,.{len(number.partition('.')[2])}f}" if "," in number else f"{value:.{len(number.partition('.')[2])}f}"
        for number, value in zip(shown, values, strict=True)
    ]


def test_every_row_is_held_against_a_measurement() -> None:
    assert len(LINES) == len(SHOWN)


@pytest.mark.parametrize(("label", "shown"), [(line[0], line[1]) for line in LINES])
def test_a_number_is_the_measured_one(label: str, shown: str) -> None:
    _, rows = measured_of(label)
    assert NUMBER.findall(shown) == as_shown(shown, [row["measured"] for row in rows])


@pytest.mark.parametrize(("label", "reach"), [(line[0], line[2]) for line in LINES])
def test_the_number_to_reach_is_the_benchmarks_and_a_miss_is_said(label: str, reach: str) -> None:
    _, rows = measured_of(label)
    assert NUMBER.findall(reach) == as_shown(reach, [row["reach"] for row in rows])
    assert ("missed" in reach) == (not all(row["reached"] for row in rows))


@pytest.mark.parametrize(("label", "beside"), [(line[0], line[3]) for line in LINES])
def test_a_peers_number_is_of_the_same_run(label: str, beside: str) -> None:
    measured, rows = measured_of(label)
    if "by chance" in beside:
        (chance,) = re.findall(r"a perfect model shows ([\d.]+)", rows[0]["note"])
        assert NUMBER.findall(beside) == [chance]
        return
    named = sorted(measured.peers, key=beside.index)
    values = [row["peers"][measured.peers[name]] for name in named for row in rows]
    assert NUMBER.findall(beside) == as_shown(beside, values)


@pytest.mark.parametrize("label", [line[0] for line in LINES])
def test_what_a_row_says_of_its_data_is_what_the_benchmark_says(label: str) -> None:
    _, (row, *_) = measured_of(label)
    assert set(NUMBER.findall(label)) <= set(NUMBER.findall(f"{row['name']} {row['note']}"))
