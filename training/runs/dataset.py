"""The reviews of one run: where they come from, what may be trained on, what is held out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Protocol

from sentiment.model.summary import data_hash
from sentiment.reviews.convert import convert
from sentiment.reviews.example import Example
from sentiment.reviews.reading import read_reviews
from sentiment.reviews.review import Review
from sentiment.reviews.sample import load_sample
from training.errors import DataError
from training.registry.lineage import Lineage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

MIN_TRAINING = 50
MIN_HELD_OUT = 10
"""Reviews of either label. Fewer held-out ones could not tell a model from a coin."""


class Examples(Protocol):
    """Examples to go through as often as wanted, in memory or not."""

    def __len__(self) -> int:
        """Return how many there are."""

    def __iter__(self) -> Iterator[Example]:
        """Yield each."""


@dataclass(frozen=True)
class Part:
    """One part of a run's reviews, and what a single pass over them tells.

    Attributes:
        examples: The reviews, as examples to learn from or to judge with.
    """

    examples: Examples

    @property
    def labels(self) -> dict[str, int]:
        """How many reviews have each label."""
        return self._facts[0]

    @property
    def sources(self) -> dict[str, int]:
        """How many reviews each source gives, by name."""
        return self._facts[1]

    @property
    def window(self) -> tuple[datetime, datetime] | None:
        """Time of the first and the last review; None where no review has a time."""
        return self._facts[2]

    @property
    def sha256(self) -> str:
        """Checksum of the ids, labels, weights and products, in order."""
        return self._facts[3]

    def __len__(self) -> int:
        return len(self.examples)

    @cached_property  # a pass over a million reviews takes many seconds
    def _facts(self) -> tuple[dict[str, int], dict[str, int], tuple[datetime, datetime] | None, str]:
        labels: Counter[str] = Counter()
        sources: Counter[str] = Counter()
        first = last = None

        def counted() -> Iterator[Example]:
            nonlocal first, last
            for example in self.examples:
                labels[str(example.label)] += 1
                sources[example.review.source] += 1
                if time := example.review.time:
                    first = time if first is None else min(first, time)
                    last = time if last is None else max(last, time)
                yield example

        checksum = data_hash(counted())
        return dict(labels), dict(sorted(sources.items())), (first, last) if first and last else None, checksum


@dataclass(frozen=True)
class Dataset:
    """Labelled reviews, without repetition, as examples to learn from.

    Attributes:
        name: What people call it.
        training: May be trained on.
        held_out: Never trained on, by any version; in memory, since every model is judged on them at once.
        replayed: Whether the reviews' times are a demonstration's.
        rejected: Lines of JSON on the rows that could not be read: where and why.
        made_from: Where the reviews come from, if that is known better than by their own checksum.
    """

    name: str
    training: Examples
    held_out: Sequence[Example]
    replayed: bool
    rejected: bytes = b""
    made_from: Lineage | None = None

    @cached_property
    def trained_on(self) -> Part:
        """What is known of the reviews that may be trained on."""
        return Part(self.training)

    @cached_property
    def judged_with(self) -> Part:
        """What is known of the held-out reviews."""
        return Part(self.held_out)

    @property
    def lineage(self) -> Lineage:
        """What a version that is trained on these reviews is made from."""
        return self.made_from or Lineage(data_sha256=self.trained_on.sha256)


def sample_dataset(now: datetime) -> Dataset:
    """Return the built-in sample, its times replayed up to the start of this UTC day.

    The day, rather than the moment, so that every run of a day is the same run bit for bit.
    """
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return make_dataset("built-in sample (times replayed)", load_sample(midnight), replayed=True)


def file_dataset(paths: Sequence[Path], *, on_bytes: Callable[[int], None] | None = None) -> Dataset:
    """Return the reviews of files of any known format, each text once.

    Args:
        paths: The files.
        on_bytes: Told, now and then, how many more bytes have been read.

    Raises:
        DataError: A file cannot be read or is of no known format, or there are too few reviews.
    """
    with TemporaryDirectory() as folder:
        kept, rejected = Path(folder, "reviews.jsonl"), Path(folder, "rejected.jsonl")
        try:
            convert(paths, kept, rejected, on_bytes=on_bytes)
            reviews = [item for item in read_reviews(kept) if isinstance(item, Review)]
        except (OSError, ValueError) as error:
            raise DataError(f"The reviews cannot be read: {_one_line(str(error))}") from error
        names = ", ".join(path.name for path in paths)
        return make_dataset(names, reviews, replayed=False, rejected=rejected.read_bytes())


def make_dataset(name: str, reviews: Sequence[Review], *, replayed: bool, rejected: bytes = b"") -> Dataset:
    """Split labelled reviews, each once, in the order of their ids.

    The order of ids makes the run independent of the order of files and lines.

    Raises:
        DataError: Too few reviews of a label to train on, or to judge with.
    """
    labelled = {review.review_id: review for review in reviews if review.label}
    ordered = [Example(labelled[review_id]) for review_id in sorted(labelled)]
    training = [example for example in ordered if not example.is_held_out]
    held_out = [example for example in ordered if example.is_held_out]
    for part, floor, purpose in (
        (training, MIN_TRAINING, "train on"),
        (held_out, MIN_HELD_OUT, "judge with"),
    ):
        counts = Counter(example.label for example in part)
        positive, negative = counts["positive"], counts["negative"]
        if min(positive, negative) < floor:
            raise DataError(
                f"Too few reviews to {purpose} in {name}: {positive:,} positive and {negative:,} negative "
                f"ones, {floor} of each are needed."
            )
    return Dataset(name=name, training=training, held_out=held_out, replayed=replayed, rejected=rejected)


def _one_line(message: str) -> str:
    """Return a message that lists the known formats, a line each, as one line."""
    first, *rest = [line.strip().removeprefix("- ") for line in message.splitlines()] or [message]
    return " ".join([first, "; ".join(rest)]).strip()
