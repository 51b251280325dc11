"""The memory of training from disk does not depend on the number of reviews and words."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

MEBIBYTE = 1024  # kibibytes
FEWER, MORE = 10_000, 40_000

# Half of the words of a review occur in no other one, so that everything grows that could grow with the reviews. The
# limits are at most an eighth of the real ones, which would take a million reviews to reach.
PROGRAM = """
import json, random, sys
from functools import partial
from sentiment.reviews.example import Example
from sentiment.model.hyperparameters import Hyperparameters
from sentiment.reviews.review import Review
from sentiment.model.streaming import training

training.MAX_CANDIDATES = 2**14
training.NgramCounts = partial(training.NgramCounts, 2**17)

def word(number):
    return "x" + "".join(chr(97 + int(digit)) for digit in str(number))

def examples(count):
    chance = random.Random(0)
    for number in range(count):
        label = chance.choice(("positive", "negative"))
        opinion = ("fine", "great", "sturdy") if label == "positive" else ("poor", "broken", "late")
        known = chance.choices((*opinion, "the", "box", "of", "it", "was", "a"), k=8)
        text = " ".join(part for i, one in enumerate(known) for part in (one, word(8 * number + i)))
        yield Example(Review("id", None, "", text, None, label, None, "made up"))

def highest(process):
    lines = open(f"/proc/{process}/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

class Watched(training.Workers):
    def __exit__(self, *error):
        peaks.extend(highest(process.pid) for process in self._processes)
        super().__exit__(*error)

peaks = []
training.Workers = Watched
model = training.train_streaming(examples(int(sys.argv[1])), Hyperparameters(), workers=2)
assert model.pipeline.predict(["a great sturdy box", "broken, poor"]).tolist() == ["positive", "negative"]
print(json.dumps([highest("self"), *sorted(peaks)]))
"""


def peaks_in_kibibytes(reviews: int) -> list[int]:
    """Return the peak memory of the process and of each of its two workers."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(reviews)], check=True, stdout=subprocess.PIPE, text=True, timeout=280
    )
    peaks: list[int] = json.loads(done.stdout)
    return peaks


@pytest.mark.skipif(sys.platform != "linux", reason="reads the memory of processes as Linux tells it")
def test_four_times_the_reviews_take_no_more_memory() -> None:
    for few, many in zip(peaks_in_kibibytes(FEWER), peaks_in_kibibytes(MORE), strict=True):
        assert many < few + 24 * MEBIBYTE
