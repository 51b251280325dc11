"""Build the sample from data sets that may be shipped: `python -m sentiment.reviews.sample.build FOLDER`.

FOLDER contains `fine_foods/Reviews.csv`, `vader_amazon/amazonReviewSnippets_GroundTruth.txt` and
`hu_liu/product_reviews_2.zip`, as published. The decisions behind the labels are in
`docs/decisions/0003-the-built-in-sample.md`.
"""

from __future__ import annotations

import gzip
import io
import re
import sys
import zipfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sentiment.reviews.reading import Rejected, read_reviews
from sentiment.reviews.reading.fields import as_written
from sentiment.reviews.record import to_line
from sentiment.reviews.review import Review, review_id_of
from sentiment.reviews.sample import split_group

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NEUTRAL_MEAN = 0.5
"""A sentence is neutral if its mean of 20 ratings (-4 to +4) is closer to 0 than this."""

WORD = re.compile(r"\w+")
"""Texts with the same words are duplicates: "I love it!" must not test a model trained on "i love it."."""

ANNOTATION = re.compile(r"\[([+-])(\d?)\]")
"""An opinion on a feature, such as `battery[+2]`; without a strength it counts as the weakest, 1."""


def main() -> None:
    """Write the sample beside this file and print what was kept and dropped."""
    folder = Path(sys.argv[1])
    counts: Counter[str] = Counter()
    data = build(folder, counts)
    Path(__file__).with_name("reviews.jsonl.gz").write_bytes(data)
    for name, count in sorted(counts.items()):
        sys.stdout.write(f"{count:6,}  {name}\n")


def build(folder: Path, counts: Counter[str]) -> bytes:
    """Return the compressed sample, the same bytes for the same folder; count its rows in `counts`."""
    reviews = [*_fine_foods(folder / "fine_foods" / "Reviews.csv")]
    reviews += _vader(folder / "vader_amazon" / "amazonReviewSnippets_GroundTruth.txt")
    reviews += _hu_liu(folder / "hu_liu" / "product_reviews_2.zip")
    lines = "".join(to_line(review) + "\n" for review in _labelled_and_distinct(reviews, counts))
    return gzip.compress(lines.encode("ascii"), compresslevel=9, mtime=0)


def _labelled_and_distinct(reviews: Iterable[Review], counts: Counter[str]) -> Iterator[Review]:
    seen: set[str] = set()
    for review in reviews:
        source = split_group(review)
        words = " ".join(WORD.findall(review.text.casefold()))
        if not words:
            counts[f"{source}: dropped, no words"] += 1
        elif review.label is None:
            counts[f"{source}: dropped, neither positive nor negative"] += 1
        elif words in seen:
            counts[f"{source}: dropped, same words as another"] += 1
        else:
            seen.add(words)
            counts[f"{source}: kept, {review.label}"] += 1
            yield review


def _fine_foods(path: Path) -> Iterator[Review]:
    for item in read_reviews(path):
        if isinstance(item, Rejected):
            raise ValueError(f"{path.name}, line {item.line}: {item.reason}")  # noqa: TRY004 - the file is wrong, not a type
        yield replace(item, source="fine_foods")


def _vader(path: Path) -> Iterator[Review]:
    for line in path.read_text(encoding="latin-1").splitlines():
        _, mean, text = line.split("\t")
        opinion = float(mean) if abs(float(mean)) >= NEUTRAL_MEAN else 0.0
        yield _sentence(source="vader_amazon", text=text, opinion=opinion)


def _hu_liu(path: Path) -> Iterator[Review]:
    with zipfile.ZipFile(path) as archive:
        for name in sorted(archive.namelist()):
            product = Path(name).stem
            if not name.endswith(".txt") or product == "README":
                continue
            with io.TextIOWrapper(archive.open(name), encoding="utf-8") as file:
                for line in file:
                    annotations, mark, sentence = line.partition("##")
                    if not mark:
                        continue  # a title, the header, or one of 9 lines with a mistyped mark
                    opinion = sum(int(sign + (n or "1")) for sign, n in ANNOTATION.findall(annotations))
                    yield _sentence(source=f"hu_liu/{product}", text=sentence, opinion=opinion, product_id=product)


def _sentence(*, source: str, text: str, opinion: float, product_id: str | None = None) -> Review:
    # These texts come from web pages, some through two programs that each escaped them.
    text = as_written(as_written(text)).strip()
    return Review(
        review_id=review_id_of(product_id=product_id, title="", text=text),
        product_id=product_id,
        title="",
        text=text,
        stars=None,
        label="positive" if opinion > 0 else "negative" if opinion < 0 else None,
        time=None,
        source=source,
    )


if __name__ == "__main__":
    main()
