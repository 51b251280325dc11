"""The packaged inference function, beside the same API on scikit-learn and on onnxruntime.

The function starts from its asset, in the emulator's environment, whose botocore takes the runtime's place. The peers
start from the development environment, which is larger; what that costs them is not subtracted.
"""

from __future__ import annotations

import io
import json
import platform
import re
import statistics
import sys
import sysconfig
from importlib.metadata import distribution
from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib
from skl2onnx import to_onnx
from skl2onnx.common.data_types import StringTensorType
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from bench.processes import PROJECT, output_of
from bench.row import Row
from bench.serving.emulator import EMULATOR, emulator, fill
from infra_cdk.packaging.asset import FunctionSource, build
from sentiment.reviews.sample import load_sample

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ROUNDS = 5
OURS = "ours"
PEERS: Mapping[str, tuple[str, ...]] = {
    "scikit-learn + joblib": ("fastapi", "mangum", "scikit-learn"),
    "onnxruntime": ("fastapi", "mangum", "onnxruntime", "numpy"),
}
"""The packages that each peer ships besides the runtime's boto3."""
MODELS = {"scikit-learn + joblib": "peers/pipeline.joblib", "onnxruntime": "peers/pipeline.onnx"}


def run() -> list[Row]:
    """Measure them in turns, so that a busy machine slows each of them alike."""
    asset = inference_asset()
    with emulator() as environment:
        fill(environment, _models())
        rounds: dict[str, list[dict[str, float]]] = {name: [] for name in (OURS, *PEERS)}
        for _ in range(ROUNDS):
            rounds[OURS].append(_start(environment, EMULATOR, asset, "lambdas.inference.handler"))
            for name, model in MODELS.items():
                start = _start(environment, Path(sys.executable), PROJECT, "bench.serving.usual_api", model)
                rounds[name].append(start)
    starts = {
        name: {number: statistics.median(one[number] for one in some) for number in some[0]}
        for name, some in rounds.items()
    }
    return _rows(starts, {OURS: _megabytes(asset.rglob("*")), **{name: _shipped(PEERS[name]) for name in PEERS}})


def inference_asset() -> Path:
    """Return the folder of the packaged function, for this machine."""
    asset = build(
        FunctionSource("lambdas.inference.handler.handler", requirements=Path("requirements/lambda.txt")),
        project=PROJECT,
        cache=PROJECT / ".build",
        architecture="arm64" if platform.machine() in {"aarch64", "arm64"} else "x86_64",
        python_version=f"{sys.version_info.major}.{sys.version_info.minor}",
    )
    return asset.folder


def _models() -> dict[str, bytes]:
    """Return the usual model, TF-IDF of 1- and 2-grams with logistic regression, in two formats.

    Texts are lowercased first: ONNX's own normaliser needs a locale that bare machines do not have.
    """
    reviews = [review for review in load_sample() if review.label]
    pipeline = make_pipeline(
        TfidfVectorizer(lowercase=False, ngram_range=(1, 2), max_features=50_000), LogisticRegression(max_iter=1000)
    ).fit([review.text.lower() for review in reviews], [review.label for review in reviews])
    file = io.BytesIO()
    joblib.dump(pipeline, file)
    model = to_onnx(
        pipeline,
        initial_types=[("text", StringTensorType([None, 1]))],
        options={id(pipeline.steps[-1][1]): {"zipmap": False}},
    )
    return dict(zip(MODELS.values(), (file.getvalue(), model.SerializeToString()), strict=True))


def _start(environment: Mapping[str, str], python: Path, folder: Path, *handler: str) -> dict[str, float]:
    printed = output_of(python, "-m", "bench.serving.handler", "start", folder, *handler, env=environment)
    result: dict[str, float] = json.loads(printed)
    return result


def _megabytes(files: Iterable[Path]) -> float:
    return sum(file.stat().st_size for file in files if file.is_file()) / 1e6


def _shipped(packages: Iterable[str]) -> float:
    """Return the size of packages and all they require, in MB, as installed here without bytecode."""
    site = Path(sysconfig.get_path("purelib"))
    seen: set[str] = set()
    waiting = list(packages)
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name not in seen:
            seen.add(name)
            required = [line for line in distribution(name).requires or [] if ";" not in line]
            waiting += [re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in required]
    files: set[Any] = {file for name in seen for file in distribution(name).files or () if file.suffix != ".pyc"}
    return _megabytes(site / file for file in files)


def _rows(starts: Mapping[str, Mapping[str, float]], megabytes: Mapping[str, float]) -> list[Row]:
    ours = starts[OURS]
    busy = ", ".join(f"{name} {start['cpu_s']:.2f} s" for name, start in starts.items())
    note = (
        f"median of {ROUNDS} fresh processes, ours from its asset, peers from the development environment; "
        f"processor time {busy}"
    )

    def peers(number: str) -> dict[str, float]:
        return {name: starts[name][number] for name in PEERS}

    faster = {name: seconds / ours["import_and_load_s"] for name, seconds in peers("import_and_load_s").items()}
    return [
        Row(
            name="size, unzipped",
            measured=megabytes[OURS],
            reach=15,
            unit="MB",
            peers={name: megabytes[name] for name in PEERS},
            note="with bytecode; peers without",
        ),
        Row(
            name="import and load, with its AWS clients",
            measured=ours["import_and_load_s"],
            reach=0.8,
            unit="s",
            peers=peers("import_and_load_s"),
            note=note,
        ),
        Row(
            name="memory",
            measured=ours["resident_mb"],
            reach=90,
            unit="MB",
            peers=peers("resident_mb"),
            note="resident after 200 requests",
        ),
        Row(
            name="start faster than scikit-learn's",
            measured=faster["scikit-learn + joblib"],
            reach=3,
            unit="times",
            better="higher",
            peers={"than onnxruntime's": faster["onnxruntime"]},
            note="import and load",
        ),
        Row(
            name="warm request",
            measured=ours["warm_ms"],
            unit="ms",
            peers=peers("warm_ms"),
            note="handler called directly; stores to the emulator's DynamoDB",
        ),
    ]
