"""The labelled reviews that the model's benchmarks use, and how they are split."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from bench.review_sets import review_sets
from sentiment.reviews.held_out import PUBLIC
from sentiment.reviews.identity import fingerprint
from sentiment.reviews.reading import read_reviews
from sentiment.reviews.review import Review
from sentiment.reviews.sample import load_sample, split_group

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

BOOKS_AND_FILMS = ("books", "dvd")
DOMAINS = (*BOOKS_AND_FILMS, "electronics", "kitchen")
"""The folders of Blitzer's set."""


@dataclass(frozen=True)
class Reviews:
    """Texts as the model reads them, with labels, the source of each, and whether it is held out."""

    texts: NDArray[np.object_]
    labels: NDArray[np.int64]
    sources: NDArray[np.str_]
    held_out: NDArray[np.bool_]

    def parts(self) -> Iterator[tuple[str, NDArray[np.bool_]]]:
        """Yield each source with a mask of its rows."""
        for source in sorted(set(self.sources)):
            yield str(source), self.sources == source


def sample() -> Reviews:
    """Return the built-in sample, by data set."""
    return _reviews((review, split_group(review)) for review in load_sample())


def blitzer() -> Reviews | None:
    """Return Blitzer's four domains without repeated texts; None if the review sets are missing."""
    folder = review_sets()
    return None if folder is None else _reviews(_blitzer(folder))


def everything() -> Reviews | None:
    """Return the sample, Blitzer's domains and McAuley's sets of 2018; None if the review sets are missing."""
    folder = review_sets()
    if folder is None:
        return None
    mcauley = ((review, "mcauley_2018") for review in _read(sorted((folder / "mcauley_2018").glob("*.json"))))
    built_in = ((review, split_group(review)) for review in load_sample())
    return _reviews(chain(built_in, _blitzer(folder), mcauley))


def _blitzer(folder: Path, domains: Iterable[str] = DOMAINS) -> Iterator[tuple[Review, str]]:
    for domain in domains:
        files = [folder / "blitzer" / domain / f"{name}.review" for name in ("negative", "positive")]
        yield from ((review, domain) for review in _read(files))


def _read(files: Iterable[Path]) -> Iterator[Review]:
    return (item for file in files for item in read_reviews(file) if isinstance(item, Review))


def every_text(folder: Path) -> Iterator[str]:
    """Yield the text of every review in the folder, and every line of its sets of sentences."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in {".review", ".json", ".csv"}:
            for item in read_reviews(path):
                if isinstance(item, Review):
                    yield item.full_text
        elif path.name == "amazonReviewSnippets_GroundTruth.txt":
            yield from path.read_text("latin-1").splitlines()
        elif path.name.startswith("product_reviews") and path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    yield from archive.read(name).decode("utf-8", "replace").splitlines()


def _reviews(reviews: Iterable[tuple[Review, str]]) -> Reviews:
    """Return the labelled reviews, each text once, ordered by id as `train` orders them."""
    kept: dict[str, tuple[Review, str]] = {}
    for review, source in reviews:
        if review.label:
            kept.setdefault(fingerprint(review.text), (review, source))
    ordered = sorted(kept.values(), key=lambda pair: pair[0].review_id)
    return Reviews(
        texts=np.array([review.full_text for review, _ in ordered], dtype=object),
        labels=np.array([review.label == "positive" for review, _ in ordered], dtype=np.int64),
        sources=np.array([source for _, source in ordered]),
        held_out=np.array([PUBLIC.holds_out(review.text) for review, _ in ordered]),
    )


def another_shop() -> list[Review] | None:
    """Return reviews of books and films, which the sample has none of; None if the review sets are missing."""
    folder = review_sets()
    return None if folder is None else [review for review, _ in _blitzer(folder, BOOKS_AND_FILMS) if review.label]
