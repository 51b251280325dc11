"""`convert` makes one file of many: each text once, every row counted, all or nothing."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sentiment.cli import app
from sentiment.reviews.convert import convert
from sentiment.reviews.reading import UnknownFormatError, read_reviews
from sentiment.reviews.review import Review

ROOT = Path(__file__).parents[4]
NAME, USER = "Jane Q. Reviewer", "A3SGXH7AUHU8GW"


def row(text: str, rating: object = 5.0) -> str:
    fields = {"overall": rating, "reviewText": text, "asin": "B1", "reviewerID": USER, "reviewerName": NAME}
    return json.dumps(fields) + "\n"


@pytest.fixture
def reviews_file(tmp_path: Path) -> Path:
    path = tmp_path / "reviews.json"
    rows = [row("good"), row("bad", 1), row("so so", 3), row("good", 4), row("<b>Bad!</b>"), row("x", NAME), row("")]
    path.write_text("".join(rows) + f"{{'{NAME}\n")
    return path


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_every_row_is_accounted_for(reviews_file: Path, tmp_path: Path) -> None:
    counts = convert([reviews_file], tmp_path / "out.jsonl", tmp_path / "rejected.jsonl")
    assert (counts.positive, counts.negative, counts.neutral, counts.duplicates) == (1, 1, 1, 2)
    assert dict(counts.rejected) == {
        "the text is empty": 1,
        "the stars are not a number from 1 to 5": 1,
        "the row is not JSON": 1,
    }
    assert counts.kept == 2
    assert counts.read == 8
    assert counts.formats == ((str(reviews_file), "mcauley"),)


def test_a_text_is_kept_once_over_all_files(reviews_file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text('"1","t","good"\n"2","t","new"\n')
    out = tmp_path / "out.jsonl"
    counts = convert([reviews_file, other], out, tmp_path / "rejected.jsonl")
    texts = [item.text for item in read_reviews(out) if isinstance(item, Review)]
    assert texts == ["good", "bad", "new"]
    assert counts.duplicates == 3


def test_the_output_is_read_back_as_it_was_written(reviews_file: Path, tmp_path: Path) -> None:
    out, again = tmp_path / "out.jsonl.gz", tmp_path / "again.jsonl.gz"
    convert([reviews_file], out, tmp_path / "rejected.jsonl")
    kept = [item for item in read_reviews(reviews_file) if isinstance(item, Review) and item.label]
    assert list(read_reviews(out)) == kept[:2]
    convert([out], again, tmp_path / "rejected2.jsonl")
    assert again.read_bytes() == out.read_bytes()


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz"])
def test_converting_twice_gives_the_same_bytes(name: str, reviews_file: Path, tmp_path: Path) -> None:
    out, rejected = tmp_path / name, tmp_path / "rejected.jsonl"
    first = convert([reviews_file], out, rejected), out.read_bytes(), rejected.read_bytes()
    again = convert([reviews_file], out, rejected), out.read_bytes(), rejected.read_bytes()
    assert first == again


def test_the_quarantine_says_where_and_why_but_not_who(reviews_file: Path, tmp_path: Path) -> None:
    out, rejected = tmp_path / "out.jsonl", tmp_path / "rejected.jsonl"
    convert([reviews_file], out, rejected)
    first, *_ = (json.loads(line) for line in rejected.read_text().splitlines())
    raw = reviews_file.read_bytes().splitlines()[5]
    assert first == {
        "file": str(reviews_file),
        "part": "",
        "line": 6,
        "reason": "the stars are not a number from 1 to 5",
        "bytes": len(raw),
        "sha256": hashlib.sha256(raw).hexdigest(),
    }
    for path in (out, rejected):
        assert NAME not in path.read_text()
        assert USER not in path.read_text()


def test_an_interrupted_run_leaves_the_old_file_and_no_other(reviews_file: Path, tmp_path: Path) -> None:
    out, rejected = tmp_path / "out.jsonl", tmp_path / "rejected.jsonl"
    out.write_text("old")
    before = names_in(tmp_path)

    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        convert([reviews_file], out, rejected, on_bytes=interrupted)
    assert out.read_text() == "old"
    assert names_in(tmp_path) == before


def test_a_killed_run_leaves_the_old_file_and_the_next_one_works(reviews_file: Path, tmp_path: Path) -> None:
    out, rejected = tmp_path / "out.jsonl", tmp_path / "rejected.jsonl"
    out.write_text("old")
    program = (
        "import os; from pathlib import Path; from sentiment.reviews.convert import convert; "
        f"convert([Path({str(reviews_file)!r})], Path({str(out)!r}), Path({str(rejected)!r}), "
        "on_bytes=lambda size: os._exit(9))"
    )
    killed = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False)
    assert killed.returncode == 9
    assert out.read_text() == "old"
    assert convert([reviews_file], out, rejected).kept == 2


def test_one_strange_file_is_refused_before_anything_is_written(reviews_file: Path, tmp_path: Path) -> None:
    strange = tmp_path / "strange.txt"
    strange.write_text("hello\n")
    before = names_in(tmp_path)
    with pytest.raises(UnknownFormatError, match=r"strange\.txt has an unknown format"):
        convert([reviews_file, strange], tmp_path / "out.jsonl", tmp_path / "rejected.jsonl")
    assert names_in(tmp_path) == before


def test_pipes_and_devices_are_neither_read_nor_replaced(reviews_file: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for source, out in ((pipe, tmp_path / "o"), (reviews_file, pipe)):
        with pytest.raises(ValueError, match="not a regular file"):
            convert([source], out, tmp_path / "r")
    assert pipe.is_fifo()
    assert names_in(tmp_path) == {"pipe", reviews_file.name}


def test_no_output_replaces_an_input(reviews_file: Path, tmp_path: Path) -> None:
    content = reviews_file.read_bytes()
    link = tmp_path / "link"
    link.symlink_to(reviews_file)
    for out, rejected in (
        (reviews_file, tmp_path / "r"),
        (tmp_path / "o", link),
        (tmp_path / "o", tmp_path / "o"),
    ):
        with pytest.raises(ValueError, match=r"one of the files to read|cannot be the same file"):
            convert([reviews_file], out, rejected)
    assert reviews_file.read_bytes() == content


def test_progress_counts_bytes_on_disk(reviews_file: Path, tmp_path: Path) -> None:
    packed = tmp_path / "packed.gz"
    packed.write_bytes(gzip.compress(reviews_file.read_bytes()))
    sizes: list[int] = []
    convert([packed, reviews_file], tmp_path / "o", tmp_path / "r", on_bytes=sizes.append)
    assert sum(sizes) == packed.stat().st_size + reviews_file.stat().st_size


@pytest.mark.parametrize("command", ["convert", "ingest"])
def test_the_command_prints_what_happened_to_the_rows(command: str, reviews_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl.gz"
    result = CliRunner().invoke(app, [command, str(reviews_file), "--out", str(out)])
    assert result.exit_code == 0
    for words in ("kept, positive", "dropped, three stars", "same text as one kept", "the text is empty"):
        assert words in result.stdout
    assert names_in(tmp_path) == {"reviews.json", "out.jsonl.gz", "out.rejected.jsonl"}


@pytest.mark.parametrize(("content", "says"), [(None, "no such file"), ("hello\n", "unknown format")])
def test_the_command_says_what_is_wrong_with_a_file(content: str | None, says: str, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    if content is not None:
        path.write_text(content)
    result = CliRunner().invoke(app, ["convert", str(path), "--out", str(tmp_path / "out.jsonl")])
    assert result.exit_code == 2
    assert "Nothing was written" in result.stderr
    assert says in result.stderr
    assert "Traceback" not in result.output
    assert not (tmp_path / "out.jsonl").exists()


def test_the_command_fails_when_nothing_is_left_to_train_on(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(row("so so", 3) + row("", 5))
    result = CliRunner().invoke(app, ["convert", str(path), "--out", str(tmp_path / "out.jsonl")])
    assert result.exit_code == 1
    assert "No review was kept" in result.stderr
