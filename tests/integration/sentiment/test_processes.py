"""What needs another process: another hash seed, and a full disk."""

from __future__ import annotations

import hashlib
import os
import resource
import subprocess
import sys
from pathlib import Path

from sentiment.model.artifact import dump
from sentiment.model.hyperparameters import Hyperparameters
from sentiment.model.training import train
from sentiment.reviews.example import as_examples
from sentiment.reviews.record import to_line
from sentiment.reviews.sample import load_sample

ROOT = Path(__file__).parents[3]
FULL_AT_BYTES = 50_000
"""Larger than sixty reviews, smaller than a model."""


def test_another_process_with_another_hash_seed_gives_the_same_artifact() -> None:
    here = train(as_examples(load_sample()[::8]), Hyperparameters(folds=3))
    script = (
        "import hashlib; from sentiment.reviews.sample import load_sample; from sentiment.model.training import train;"
        "from sentiment.reviews.example import as_examples;"
        "from sentiment.model.hyperparameters import Hyperparameters; from sentiment.model.artifact import dump;"
        "model = train(as_examples(load_sample()[::8]), Hyperparameters(folds=3));"
        "print(hashlib.sha256(dump(model.artifact)).hexdigest())"
    )
    env = {**os.environ, "PYTHONHASHSEED": "12345", "OMP_NUM_THREADS": "2"}
    done = subprocess.run([sys.executable, "-c", script], env=env, cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == hashlib.sha256(dump(here.artifact)).hexdigest()


def test_a_full_disk_keeps_the_old_model_and_no_partial_file(tmp_path: Path) -> None:
    reviews = tmp_path / "reviews.jsonl"
    reviews.write_text("".join(to_line(review) + "\n" for review in load_sample()[:480:8]), encoding="ascii")
    out = tmp_path / "models" / "model.json.gz"
    out.parent.mkdir()
    out.write_bytes(b"old")
    arguments = ["train", "--out", str(out), "--folds", "2", "--reviews", str(reviews)]
    done = subprocess.run(
        [sys.executable, "-m", "sentiment", *arguments],
        cwd=ROOT,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (FULL_AT_BYTES, FULL_AT_BYTES)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "No model was written" in done.stderr
    assert out.read_bytes() == b"old"
    assert list(out.parent.iterdir()) == [out]
