"""Columns are read as their names and values say, asked about in doubt, and never guessed the wrong way round."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from sentiment.reviews.convert import convert
from sentiment.reviews.reading import (
    Columns,
    RefutedError,
    Rejected,
    UncertainColumnsError,
    UnknownFormatError,
    detect,
    read_reviews,
)
from sentiment.reviews.reading.published import PUBLISHED
from sentiment.reviews.review import Review

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

NAME = "Jane Q. Reviewer"
GOOD, BAD, SO_SO = "It works and lasts", "It broke on day two", "It is what it is"


def table(*rows: Iterable[object], separator: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator="\n").writerows(rows)
    return out.getvalue()


def read(path: Path, content: str | bytes, columns: Columns | None = None) -> list[tuple[str, str | None] | str]:
    """The text and label of each review, or why a row is none."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    items = list(read_reviews(path, columns))
    return [item.reason if isinstance(item, Rejected) else (item.text, item.label) for item in items]


BOTH = [(GOOD, "positive"), (BAD, "negative")]

CERTAIN = {
    "reviewText": table(["overall", "reviewText", "summary"], [5, GOOD, "a"], [1, BAD, "b"]),
    "reviews.text": table(["id", "name", "reviews.rating", "reviews.text"], [1, "A tablet", 5, GOOD], [2, "A", 1, BAD]),
    "Review": table(["Review", "Rating"], [GOOD, "5.0"], [BAD, "1.0"]),
    "content and score": table(["userName", "content", "score", "at"], [NAME, GOOD, 4, ""], [NAME, BAD, 2, ""]),
    "body": table(["asin", "name", "rating", "title", "body"], ["B1", NAME, 5, "", GOOD], ["B1", NAME, 1, "", BAD]),
    "verified_reviews": table(
        ["rating", "date", "variation", "verified_reviews", "feedback"],
        [5, "31-Jul-18", "Black", GOOD, 1],
        [1, "30-Jul-18", "White", BAD, 0],
        separator="\t",
    ),
    "4.0 out of 5 stars": table(["stars", "comment"], ["4.0 out of 5 stars", GOOD], ["1.0 out of 5 stars", BAD]),
    "8/10": table(["rating", "review"], ["8/10", GOOD], ["2/10", BAD]),
    "stars as symbols": table(["rating", "review"], ["★★★★★", GOOD], ["★☆☆☆☆", BAD]),
    "decimal commas": table(["Rating", "Review"], ["4,5", GOOD], ["1,0", BAD], separator=";"),
    "review before reviewer": table(["rating", "review", "reviewer"], [5, GOOD, NAME], [1, BAD, NAME]),
    "words": table(["text", "sentiment"], [GOOD, "Positive"], [BAD, "NEGATIVE"]),
    "words and neutral": table(["label", "text"], ["pos", GOOD], ["neg", BAD]),
    "a hint of Excel": "sep=;\n" + table(["Text", "Stars"], [GOOD, 5], [BAD, 1], separator=";"),
    "escaped quotes": f'text,stars\n"{GOOD}",5\n"{BAD}",1\n',
    "Books of Kaggle": table(
        ["Id", "Title", "User_id", "profileName", "review/score", "review/summary", "review/text"],
        [1, "A book", "U", NAME, 5.0, "", GOOD],
        [1, "A book", "U", NAME, 1.0, "", BAD],
    ),
    "fastText with words": f"__label__positive {GOOD}\n__label__negative {BAD}\n",
    "polarity of fastText": f"__label__2 {GOOD}\n__label__1 {BAD}\n",
    "stars of fastText": f"__label__5 {GOOD}\n__label__1 {BAD}\n",
    "Hugging Face": json.dumps(
        {"rows": [{"row": {"text": GOOD, "label": "positive"}}, {"row": {"text": BAD, "label": "negative"}}]}
    ),
}


@pytest.mark.parametrize("name", CERTAIN)
def test_columns_that_can_mean_one_thing_only_are_read_at_once(name: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    assert read(path, CERTAIN[name]) == BOTH
    assert NAME not in repr(list(read_reviews(path)))


def command(columns: Columns) -> str:
    return " ".join(columns.options())


ASKED = {
    "0 and 1, however the other columns are named": (
        table(["label", "title", "content"], [1, "t", GOOD], [0, "t", BAD]),
        "--text-column content --label-column label --positive 1 --negative 0 --title-column title",
    ),
    "1 and 2 under a header": (
        table(["class", "title", "content"], [2, "t", GOOD], [1, "t", BAD]),
        "--text-column content --label-column class --positive 2 --negative 1 --title-column title",
    ),
    "0 and 1 in Kaggle's columns": (
        table(["ProductId", "Score", "Time", "Summary", "Text"], ["B", 1, 0, "", GOOD], ["B", 0, 0, "", BAD]),
        "--text-column Text --label-column Score --positive 1 --negative 0 "  # noqa: ISC004 - one string
        "--title-column Summary --time-column Time --product-column ProductId",
    ),
    "only 1": (
        table(["review", "sentiment"], [GOOD, 1], [GOOD, 1]),
        "--text-column review --label-column sentiment --positive 1 --negative 0",
    ),
    "Liked": (
        table(["Review", "Liked"], [GOOD, 1], [BAD, 0], separator="\t"),
        "--text-column Review --label-column Liked --positive 1 --negative 0",
    ),
    "no header": (
        table([GOOD, 1], [BAD, 0], separator="\t"),
        "--text-column 1 --label-column 2 --positive 1 --negative 0",
    ),
    "numbers of fastText": (
        f"__label__1 {GOOD}\n__label__0 {BAD}\n",
        "--text-column text --label-column label --positive 1 --negative 0",
    ),
    "-1 and 1": (
        table(["text", "target"], [GOOD, 1], [BAD, -1]),
        "--text-column text --label-column target --positive 1 --negative=-1",
    ),
    "0 and 4": (
        table(["target", "text"], [4, GOOD], [0, BAD]),
        "--text-column text --label-column target --positive 4 --negative 0",
    ),
    "true and false": (
        table(["text", "label"], [GOOD, "True"], [BAD, "False"]),
        "--text-column text --label-column label --positive true --negative false",
    ),
    "stars up to 10": (
        table(["rating", "review"], [9, GOOD], [2, BAD]),
        "--text-column review --stars-column rating --scale 10",
    ),
    "percent": (
        table(["rating", "review"], [95, GOOD], [20, BAD]),
        "--text-column review --stars-column rating --scale 100",
    ),
    "names that say nothing": (
        table(["a", "b"], [GOOD, 5], [BAD, 1]),
        "--text-column a --stars-column b",
    ),
}


@pytest.mark.parametrize("name", ASKED)
def test_what_could_mean_two_things_is_asked_and_then_read_as_told(name: str, tmp_path: Path) -> None:
    content, options = ASKED[name]
    path, out = tmp_path / "file", tmp_path / "out.jsonl"
    path.write_text(content)
    with pytest.raises(UncertainColumnsError) as asked:
        convert([path], out, tmp_path / "rejected.jsonl")
    assert not out.exists()
    assert command(asked.value.guess.columns) == options
    assert options in str(asked.value)
    shown = [review.label for review in asked.value.preview if isinstance(review, Review)]
    assert shown[:1] == ["positive"]
    expected = BOTH if name != "only 1" else [BOTH[0]] * 2
    assert read(path, content, asked.value.guess.columns) == expected


def test_two_columns_of_texts_are_asked_about(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text(table(["text", "comment", "stars"], [GOOD, SO_SO, 5], [BAD, SO_SO, 1]))
    with pytest.raises(UncertainColumnsError, match="text and comment may both hold the text"):
        detect(path)
    assert read(path, path.read_text(), Columns(text_column="TEXT")) == BOTH


HEAD = 1100
"""More rows than tell what a file is."""

REFUTED: dict[str, tuple[list[Any], str]] = {
    "polarity with stars": (
        [["2", "t", f"{GOOD} {number}"] for number in range(HEAD)] + [["1", "t", BAD], ["3", "t", SO_SO]],
        "file, line 1102: the class 3 is neither 2 nor 1",
    ),
    "polarity with 0": (
        [["2", "t", f"{GOOD} {number}"] for number in range(HEAD)] + [["0", "t", BAD]],
        "file, line 1101: the class 0 is neither 2 nor 1",
    ),
    "stars up to 10": (
        [["stars", "text"], *([4, f"{GOOD} {number}"] for number in range(HEAD)), [7, SO_SO]],
        "file, line 1102: 7 is more than 5 stars: give the scale, as in --scale 10",
    ),
    "0 to 4": (
        [["rating", "text"], *([4, f"{GOOD} {number}"] for number in range(HEAD)), [0, BAD]],
        "file, line 1102: 0 is no number of stars",
    ),
    "another word": (
        [["label", "text"], *(["positive", f"{GOOD} {number}"] for number in range(HEAD)), ["negativ", BAD]],
        "file, line 1102: a class is neither",
    ),
}


@pytest.mark.parametrize("name", REFUTED)
def test_a_value_that_refutes_the_guess_ends_the_run_with_nothing_written(name: str, tmp_path: Path) -> None:
    rows, message = REFUTED[name]
    path, out = tmp_path / "file", tmp_path / "out.jsonl"
    path.write_text(table(*rows))
    with pytest.raises(RefutedError, match=message):
        convert([path], out, tmp_path / "rejected.jsonl")
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_a_told_class_is_refuted_by_one_outside_and_not_by_one_between(tmp_path: Path) -> None:
    named = Columns(text_column="text", label_column="class", positive="2", negative="0")
    rows: list[list[object]] = [["class", "text"], [2, GOOD], [0, BAD], [1, SO_SO]]
    assert read(tmp_path / "file", table(*rows), named) == [*BOTH, (SO_SO, None)]
    with pytest.raises(RefutedError, match="the class 3"):
        read(tmp_path / "file", table(*rows, [3, GOOD]), named)


def test_other_words_than_those_that_were_told_have_no_label(tmp_path: Path) -> None:
    named = Columns(label_column="class", positive="joy, Love", negative="anger")
    rows = table(["class", "text"], ["love", GOOD], ["Anger", BAD], ["surprise", SO_SO], ["", SO_SO])
    assert read(tmp_path / "file", rows, named) == [*BOTH, (SO_SO, None), "the class is empty"]


def test_a_zero_after_five_stars_is_one_bad_row(tmp_path: Path) -> None:
    rows = table(["stars", "text"], [5, GOOD], [1, BAD], [0, SO_SO], ["", SO_SO], [1349568000, SO_SO])
    problem = "the stars are not a number from 1 to 5"
    assert read(tmp_path / "file", rows) == [*BOTH, problem, problem, problem]


@pytest.mark.parametrize(
    ("scale", "stars", "label"),
    [
        (10, 8, "positive"),
        (10, 7, None),
        (10, 4, "negative"),
        (10, 0, "negative"),
        (100, 80, "positive"),
        (100, 41, None),
        (4, 4, "positive"),
        (1, 1, "positive"),
        (1, 0, "negative"),
    ],
)
def test_stars_of_a_scale_are_read_in_fifths(scale: float, stars: int, label: str | None, tmp_path: Path) -> None:
    rows = table(["rating", "text"], [scale, GOOD], [stars, SO_SO])
    assert read(tmp_path / "file", rows, Columns(scale=scale)) == [(GOOD, "positive"), (SO_SO, label)]


def test_a_number_above_the_scale_that_was_told_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(RefutedError, match="11 is more than the scale of 10"):
        read(tmp_path / "file", table(["rating", "text"], [9, GOOD], [11, GOOD]), Columns(scale=10))


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        (Columns(text_column="body"), "there is no column body, only stars, text, reviewer"),
        (Columns(title_column="reviewer"), "the column reviewer names who wrote the review, which is never kept"),
        (Columns(text_column="reviewer"), "the column reviewer names who wrote the review, which is never kept"),
        (Columns(product_column="REVIEWER"), "the column reviewer names who wrote the review, which is never kept"),
    ],
)
def test_a_column_that_cannot_be_meant_is_refused(columns: Columns, problem: str, tmp_path: Path) -> None:
    with pytest.raises(UnknownFormatError, match=problem):
        read(tmp_path / "file", table(["stars", "text", "reviewer"], [5, GOOD, NAME], [1, BAD, NAME]), columns)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (table(["a", "b"], [1, 2]), "file is a table, but no column is known to hold the text; there are a, b"),
        (table(["text", "length"], [GOOD, 99]), "no column is known to hold stars or a class; there are length"),
        (table(["text", "label"], [GOOD, "x"]), "it is not known which values of label are positive; it has x"),
    ],
)
def test_a_table_without_reviews_is_refused_with_its_columns(content: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(UnknownFormatError, match=problem):
        read(tmp_path / "file", content)


@pytest.mark.parametrize(
    "wrong",
    [
        {"stars_column": "a", "label_column": "b"},
        {"positive": "1"},
        {"positive": "1", "negative": "1.0"},
        {"positive": "", "negative": "0"},
        {"scale": 0.0},
        {"scale": 10.0, "label_column": "a"},
    ],
)
def test_options_that_contradict_each_other_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="--"):
        Columns(**wrong)  # type: ignore[arg-type]


def test_columns_are_found_whatever_their_case_and_by_number(tmp_path: Path) -> None:
    rows = table(["Stars Given", "What they said"], [5, GOOD], [1, BAD])
    for named in (
        Columns(text_column="what_they_said", stars_column="STARS GIVEN"),
        Columns(text_column="2", stars_column="1"),
    ):
        assert read(tmp_path / "file", rows, named) == BOTH


def test_an_archive_is_asked_about_by_the_name_of_its_file(tmp_path: Path) -> None:
    import zipfile  # noqa: PLC0415

    path = tmp_path / "data.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("__MACOSX/._train.csv", b"\x00\x05\x16\x07")
        archive.writestr("train.csv", table(["text", "label"], [GOOD, 1], [BAD, 0]))
    with pytest.raises(UncertainColumnsError, match=r"data\.zip, train\.csv: it is not certain"):
        detect(path)
    left_out: Counter[str] = Counter()
    named = Columns(positive="1", negative="0")
    assert len(list(read_reviews(path, named, left_out=left_out))) == 2
    assert left_out == {"files of the archive that hold no reviews": 1}


def test_every_published_set_is_in_the_list_that_people_see() -> None:
    assert len({each.looks_like for each in PUBLISHED}) == len(PUBLISHED)
