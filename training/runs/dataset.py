"""The reviews of one run: where they come from, which are trained on and which are held out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple, Protocol

from sentiment.clock import midnight_of
from sentiment.model.summary import data_hash
from sentiment.reviews.convert import convert
from sentiment.reviews.example import Example
from sentiment.reviews.quarantine import one_line
from sentiment.reviews.reading import Columns, Detected, read_reviews
from sentiment.reviews.review import Review
from sentiment.reviews.sample import load_sample
from training.errors import DataError
from training.registry.lineage import Lineage
from training.runs.held_out import PUBLIC_SIDES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from training.runs.held_out import Sides

MIN_TRAINING = 50
MIN_HELD_OUT = 10
"""Reviews needed of each label; fewer held-out ones could not tell a model from chance."""


class Examples(Protocol):
    """Examples that can be iterated over repeatedly, in memory or not."""

    def __len__(self) -> int:
        """Return how many there are."""

    def __iter__(self) -> Iterator[Example]:
        """Yield each."""


class Facts(NamedTuple):
    """Facts on one part of a run's reviews.

    Attributes:
        labels: How many reviews have each label.
        sources: How many reviews each source has, by name.
        window: Times of the first and the last review; None if no review has a time.
        sha256: Checksum of the ids, labels, weights and products, in order.
    """

    labels: dict[str, int]
    sources: dict[str, int]
    window: tuple[datetime, datetime] | None
    sha256: str

    @classmethod
    def of(cls, examples: Examples) -> Facts:
        """Return the facts, after one pass over the reviews: over a million it takes many seconds."""
        labels: Counter[str] = Counter()
        sources: Counter[str] = Counter()
        first = last = None

        def counted() -> Iterator[Example]:
            nonlocal first, last
            for example in examples:
                labels[str(example.label)] += 1
                sources[example.review.source] += 1
                if time := example.review.time:
                    first = time if first is None else min(first, time)
                    last = time if last is None else max(last, time)
                yield example

        checksum = data_hash(counted())
        return cls(dict(labels), dict(sorted(sources.items())), (first, last) if first and last else None, checksum)


@dataclass(frozen=True)
class Dataset:
    """Labelled reviews, without duplicates, as examples.

    Attributes:
        name: What people call it.
        training: The examples to train on.
        held_out: Never trained on, by any version; in memory, since every model is evaluated on them.
        replayed: Whether the reviews' times are replayed for the demonstration.
        rejected: JSON lines on the rows that could not be read: where and why.
        made_from: Where the reviews come from, if more is known than their checksum.
        held_out_key: Fingerprint of the key by which reviews are held out; None for the rule from before keys.
    """

    name: str
    training: Examples
    held_out: Sequence[Example]
    replayed: bool
    rejected: bytes = b""
    made_from: Lineage | None = None
    held_out_key: str | None = None

    @cached_property
    def trained_on(self) -> Facts:
        """Facts on the reviews to train on."""
        return Facts.of(self.training)

    @cached_property
    def evaluated_on(self) -> Facts:
        """Facts on the held-out reviews."""
        return Facts.of(self.held_out)

    @property
    def lineage(self) -> Lineage:
        """The lineage of a version trained on these reviews."""
        return self.made_from or Lineage(data_sha256=self.trained_on.sha256, held_out_key=self.held_out_key)


def sample_dataset(now: datetime, sides: Sides = PUBLIC_SIDES) -> Dataset:
    """Return the built-in sample, its times replayed up to the start of this UTC day.

    The day rather than the moment, so that all runs of a day are identical.
    """
    return make_dataset("built-in sample (times replayed)", load_sample(midnight_of(now)), sides, replayed=True)


def file_dataset(
    paths: Sequence[Path],
    sides: Sides = PUBLIC_SIDES,
    columns: Columns | None = None,
    *,
    on_bytes: Callable[[int], None] | None = None,
    on_detected: Callable[[Path, Detected], None] | None = None,
) -> Dataset:
    """Return the reviews of files, each text once.

    Args:
        paths: The files.
        sides: Decide which reviews are held out.
        columns: The columns of tables that somebody named.
        on_bytes: Called with the number of bytes read since the last call.
        on_detected: Called with each file and what it is, before anything is read.

    Raises:
        DataError: A file cannot be read, is of no known format or means something else than its first rows told, or
            there are too few reviews.
        UncertainColumnsError: Columns of a file could hold this or that.
    """
    with TemporaryDirectory() as folder:
        kept, rejected = Path(folder, "reviews.jsonl"), Path(folder, "rejected.jsonl")
        try:
            convert(paths, kept, rejected, columns=columns, on_bytes=on_bytes, on_detected=on_detected)
            reviews = [item for item in read_reviews(kept) if isinstance(item, Review)]
        except (OSError, ValueError) as error:
            raise DataError(f"The reviews cannot be read: {one_line(str(error))}") from error
        names = ", ".join(path.name for path in paths)
        return make_dataset(names, reviews, sides, replayed=False, rejected=rejected.read_bytes())


def make_dataset(
    name: str, reviews: Sequence[Review], sides: Sides = PUBLIC_SIDES, *, replayed: bool, rejected: bytes = b""
) -> Dataset:
    """Split labelled reviews into training and held-out examples, each once, in the order of their ids.

    The order of ids makes the run independent of the order of files and lines.

    Raises:
        DataError: There are too few reviews of a label to train or evaluate on.
    """
    labelled = {review.review_id: review for review in reviews if review.label}
    ordered = [labelled[review_id] for review_id in sorted(labelled)]
    are_held_out = sides.of(ordered)
    training = [Example(review) for review, held in zip(ordered, are_held_out, strict=True) if not held]
    held_out = [Example(review, held_out=True) for review, held in zip(ordered, are_held_out, strict=True) if held]
    parts = {"training": training, "held_out": held_out}
    if problem := too_few({part: Counter(str(one.label) for one in examples) for part, examples in parts.items()}):
        raise DataError(f"{name} {problem}")
    return Dataset(
        name=name,
        training=training,
        held_out=held_out,
        replayed=replayed,
        rejected=rejected,
        held_out_key=sides.key,
    )


def too_few(labels: Mapping[str, Mapping[str, int]]) -> str | None:
    """Return why so many reviews of each label, by part, are too few to train or evaluate on; None if they suffice."""
    for part, least, purpose in (("training", MIN_TRAINING, "train"), ("held_out", MIN_HELD_OUT, "evaluate")):
        positive, negative = (labels[part].get(label, 0) for label in ("positive", "negative"))
        if min(positive, negative) < least:
            counts = f"{positive:,} positive and {negative:,} negative"
            return f"has too few reviews to {purpose} on: {counts}, but {least} of each are needed."
    return None
