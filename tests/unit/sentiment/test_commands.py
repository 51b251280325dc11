"""`python -m sentiment`: train, evaluate and predict, or one line that says why not."""

import dataclasses
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sentiment.cli import app
from sentiment.model.artifact import dump, load
from sentiment.model.hyperparameters import Hyperparameters
from sentiment.model.trained import TrainedModel
from sentiment.model.training import train
from sentiment.reviews.example import as_examples
from sentiment.reviews.record import to_line
from sentiment.reviews.review import Review, review_id_of
from training.runs.dataset import file_dataset

RUNNER = CliRunner()


@pytest.fixture
def reviews(tmp_path: Path, few_reviews: list[Review]) -> Path:
    path = tmp_path / "reviews.jsonl"
    path.write_text("".join(to_line(review) + "\n" for review in few_reviews), encoding="ascii")
    return path


@pytest.fixture
def model(tmp_path: Path, small_model: TrainedModel) -> Path:
    path = tmp_path / "model.json.gz"
    path.write_bytes(dump(small_model.artifact))
    return path


def test_training_on_a_file_writes_the_model_that_the_library_trains(
    tmp_path: Path, reviews: Path, few_reviews: list[Review]
) -> None:
    out = tmp_path / "trained.json.gz"
    done = RUNNER.invoke(app, ["train", "--reviews", str(reviews), "--out", str(out), "--folds", "3"])
    assert done.exit_code == 0, done.output
    assert out.read_bytes() == dump(train(as_examples(few_reviews), Hyperparameters(folds=3)).artifact)
    assert "trained in memory" in done.stdout
    assert not (tmp_path / "trained.rejected.jsonl").exists()


def test_training_says_that_it_trained_from_disk(tmp_path: Path) -> None:
    done = RUNNER.invoke(app, ["train", "--out", str(tmp_path / "model.json.gz"), "--stream-above", "100"])
    assert "trained from disk" in done.stdout


def test_evaluation_measures_held_out_reviews_only(reviews: Path, model: Path, few_reviews: list[Review]) -> None:
    arguments = ["evaluate", "--model", str(model), "--reviews", str(reviews), "--json"]
    done = RUNNER.invoke(app, arguments)
    assert "chosen by the public key" in " ".join(done.stderr.split())
    held_out = json.loads(done.stdout)
    everything = json.loads(RUNNER.invoke(app, [*arguments, "--everything"]).stdout)
    assert 0 < held_out["metrics"]["count"] < everything["metrics"]["count"] == len(few_reviews)
    assert held_out["metrics"]["macro_f1"] > 0.6
    assert set(held_out["intervals"]) == {"accuracy", "precision", "recall", "f1", "macro_f1", "calibration_error"}
    assert "fine_foods" in everything["slices"]
    assert set(everything["slice_intervals"]) == set(everything["slices"])


def test_evaluation_prints_both_ends_of_every_interval_in_eighty_columns(reviews: Path, model: Path) -> None:
    arguments = ["evaluate", "--model", str(model), "--reviews", str(reviews), "--everything"]
    done = RUNNER.invoke(app, arguments, env={"COLUMNS": "80"})
    assert done.exit_code == 0
    assert "95 %" in done.stdout
    assert "…" not in done.stdout
    evaluation = json.loads(RUNNER.invoke(app, [*arguments, "--json"]).stdout)
    for intervals in (evaluation["intervals"], *evaluation["slice_intervals"].values()):
        for low, high in intervals.values():
            assert f"{low:.2f}–{high:.2f}" in done.stdout


def damaged(reviews: Path, few_reviews: list[Review]) -> Path:
    """Add rows that must not be trained on: a duplicate, three stars, an unreadable one."""
    again = dataclasses.replace(few_reviews[0], title="Another title")
    again = dataclasses.replace(
        again, review_id=review_id_of(product_id=again.product_id, title=again.title, text=again.text)
    )
    neutral = dataclasses.replace(few_reviews[1], text="So so.", stars=3.0, label=None)
    neutral = dataclasses.replace(
        neutral, review_id=review_id_of(product_id=neutral.product_id, title=neutral.title, text=neutral.text)
    )
    path = reviews.with_name("damaged.jsonl")
    path.write_text(reviews.read_text() + "".join(to_line(review) + "\n" for review in (again, neutral)) + "broken\n")
    return path


def test_training_keeps_the_same_rows_as_a_tracked_run(
    tmp_path: Path, reviews: Path, few_reviews: list[Review]
) -> None:
    path, out = damaged(reviews, few_reviews), tmp_path / "trained.json.gz"
    done = RUNNER.invoke(app, ["train", "--reviews", str(path), "--out", str(out), "--folds", "2"])
    assert done.exit_code == 0, done.output
    assert load(out.read_bytes()).training["data_sha256"] == file_dataset([path]).trained_on.sha256
    line = f"{len(few_reviews) + 3:,} rows read: {len(few_reviews):,} kept, 1 with three stars and 1 duplicates"
    assert line in done.stderr
    assert "chosen by the public key" in done.stderr
    assert "1 unreadable, listed with the reasons in " in done.stderr
    (listed,) = (tmp_path / "trained.rejected.jsonl").read_text().splitlines()
    assert json.loads(listed)["line"] == len(few_reviews) + 3


def test_evaluation_lists_rows_that_cannot_be_read(
    tmp_path: Path, reviews: Path, model: Path, few_reviews: list[Review]
) -> None:
    listed = tmp_path / "rejected.jsonl"
    arguments = ["evaluate", "--model", str(model), "--everything", "--json", "--quarantine", str(listed)]
    of_damaged = RUNNER.invoke(app, [*arguments, "--reviews", str(damaged(reviews, few_reviews))])
    assert len(listed.read_text().splitlines()) == 1
    assert json.loads(of_damaged.stdout)["metrics"]["count"] == len(few_reviews)
    RUNNER.invoke(app, [*arguments, "--reviews", str(reviews)])
    assert not listed.exists()


def test_the_list_of_bad_rows_never_overwrites_the_reviews(reviews: Path, model: Path) -> None:
    before = reviews.read_bytes()
    arguments = ["evaluate", "--model", str(model), "--reviews", str(reviews), "--quarantine", str(reviews)]
    assert RUNNER.invoke(app, arguments).exit_code == 2
    assert reviews.read_bytes() == before


def test_prediction_is_one_line_of_json_a_text(model: Path) -> None:
    done = RUNNER.invoke(app, ["predict", "--model", str(model), "--json", "I love it", "It broke"])
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["label"] for answer in answers] == ["positive", "negative"]
    word = answers[0]["words"][0]
    assert "I love it"[word["start"] : word["end"]] == word["text"]


def test_prediction_reads_lines_and_shows_markup_as_it_is(model: Path) -> None:
    done = RUNNER.invoke(app, ["predict", "--model", str(model)], input="[bold]great[/bold]\nterrible\n")
    assert done.exit_code == 0
    assert "[bold]great[/bold]" in done.stdout
    assert len(done.stdout.splitlines()) == 2


@pytest.mark.parametrize("command", ["evaluate", "predict"])
def test_a_missing_model_says_how_to_make_one(tmp_path: Path, command: str) -> None:
    done = RUNNER.invoke(app, [command, "--model", str(tmp_path / "none")], input="")
    assert done.exit_code == 2
    assert "python -m sentiment train" in done.output


def test_a_broken_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.json.gz"
    path.write_bytes(b"not a model")
    done = RUNNER.invoke(app, ["predict", "--model", str(path), "text"])
    assert done.exit_code == 2
    assert "cannot be used" in done.output


@pytest.mark.parametrize(("content", "says"), [("a,b\n1,2\n", "is a table, but no column"), (None, "no such file")])
def test_files_that_cannot_be_read_write_no_model(tmp_path: Path, content: str | None, says: str) -> None:
    path, out = tmp_path / "reviews", tmp_path / "model.json.gz"
    if content is not None:
        path.write_text(content, encoding="ascii")
    done = RUNNER.invoke(app, ["train", "--reviews", str(path), "--out", str(out)])
    assert done.exit_code == 2
    assert says in done.output
    assert not out.exists()


def test_too_few_reviews_write_no_model(tmp_path: Path, few_reviews: list[Review]) -> None:
    path, out = tmp_path / "reviews.jsonl", tmp_path / "model.json.gz"
    path.write_text("".join(to_line(review) + "\n" for review in few_reviews[:5]), encoding="ascii")
    done = RUNNER.invoke(app, ["train", "--reviews", str(path), "--out", str(out)])
    assert done.exit_code == 2
    assert "10 reviews of each label" in done.output
    assert not out.exists()


def test_a_model_never_replaces_a_device_or_a_folder(tmp_path: Path) -> None:
    done = RUNNER.invoke(app, ["train", "--out", str(tmp_path)])
    assert done.exit_code == 2
    assert "is not a regular file" in done.output


def test_an_invalid_setting_is_named(tmp_path: Path) -> None:
    done = RUNNER.invoke(app, ["train", "--folds", "1", "--out", str(tmp_path / "m")])
    assert done.exit_code == 2
    assert "folds must be at least 2" in done.output


def test_help_lists_the_commands_without_importing_scikit_learn() -> None:
    script = "import sys; import sentiment.cli; sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[3], check=False).returncode == 0
    done = RUNNER.invoke(app, ["--help"])
    assert {"convert", "train", "evaluate", "predict"} <= set(done.stdout.split())
    assert "ingest" not in done.stdout.split()


def typed(command: list[str], where: Path) -> subprocess.CompletedProcess[str]:
    """Run a command as somebody types it, on a narrow terminal."""
    python = [sys.executable, "-m", "sentiment"]
    environment = {**os.environ, "COLUMNS": "40", "PYTHONPATH": str(Path(__file__).parents[3])}
    return subprocess.run(
        [*python, *command], cwd=where, env=environment, capture_output=True, text=True, check=False, timeout=120
    )


def test_a_guess_is_shown_with_three_rows_and_the_command_that_confirms_it(tmp_path: Path) -> None:
    rows = "".join(f"It works and lasts {number}\t{number % 2}\n" for number in range(9))
    (tmp_path / "my reviews.tsv").write_text(f"Review\tLiked\n{rows}")
    asked = typed(["convert", "my reviews.tsv", "--out", "out.jsonl"], tmp_path)
    assert asked.returncode == 2
    *heading, last = asked.stderr.splitlines()
    assert "it is not certain which values of Liked are positive: it has 0, 1" in heading[0]
    assert [" ".join(line.split()) for line in heading[1:4]] == [
        "negative It works and lasts 0",
        "positive It works and lasts 1",
        "negative It works and lasts 2",
    ]
    assert not (tmp_path / "out.jsonl").exists()

    command = shlex.split(last)
    assert command[:3] == [sys.executable, "-m", "sentiment"]
    confirmed = typed(command[3:], tmp_path)
    assert confirmed.returncode == 0, confirmed.stderr
    labels = [json.loads(line)["label"] for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert labels == ["negative", "positive"] * 4 + ["negative"]
    again = typed([*command[3:], "--label-column", "Liked"], tmp_path)
    assert again.returncode == 0, again.stderr


def test_a_certain_guess_is_shown_and_paths_print_unbroken(tmp_path: Path) -> None:
    folder = tmp_path / "a folder with a name that is longer than a line of this terminal"
    folder.mkdir()
    (folder / "reviews.csv").write_text("rating,review,reviewer\n5,It works,Jane Doe\n1,It broke,Jane Doe\n,,\n9,,x\n")
    out = folder / "out.jsonl"
    refused = typed(["convert", str(folder / "reviews.csv"), "--out", str(out)], tmp_path)
    assert refused.returncode == 2
    (folder / "reviews.csv").write_text("rating,review,reviewer\n5,It works,Jane Doe\n1,It broke,Jane Doe\nx,,x\n")
    done = typed(["convert", str(folder / "reviews.csv"), "--out", str(out)], tmp_path)
    assert done.returncode == 0, done.stderr
    heading, *rows = done.stderr.splitlines()
    assert heading == f"{folder / 'reviews.csv'} is read with --text-column review --stars-column rating"
    assert rows[0].split() == ["positive", "It", "works", "(5", "stars)"]
    assert "Jane" not in done.stderr + done.stdout + out.read_text()
    assert f"kept: {out}" in done.stdout.splitlines()
    assert f"rejected: {folder / 'out.rejected.jsonl'}" in done.stdout.splitlines()


@pytest.mark.parametrize("command", [["train"], ["evaluate", "--everything"]])
def test_training_and_evaluation_take_the_same_columns(tmp_path: Path, model: Path, command: list[str]) -> None:
    path = tmp_path / "reviews.csv"
    path.write_text("said,liked\n" + "".join(f"It works and lasts {number},{number % 2}\n" for number in range(400)))
    model_file = (
        ["--out", str(tmp_path / "out.json.gz"), "--folds", "2"] if "train" in command else ["--model", str(model)]
    )
    arguments = [*command, "--reviews", str(path), *model_file]
    asked = RUNNER.invoke(app, arguments)
    assert asked.exit_code == 2
    assert "--text-column said --label-column liked --positive 1 --negative 0" in asked.stderr
    named = ["--text-column", "said", "--label-column", "liked", "--positive", "1", "--negative", "0"]
    out = (
        ["--out", str(tmp_path / "trained.json.gz"), "--folds", "2"]
        if command == ["train"]
        else ["--model", str(model)]
    )
    done = RUNNER.invoke(app, [*arguments, *named, *out])
    assert done.exit_code == 0, done.output
    assert "400 rows read: 400 kept" in done.stderr


def test_columns_that_contradict_each_other_are_named(tmp_path: Path) -> None:
    done = RUNNER.invoke(app, ["convert", "x", "--out", str(tmp_path / "o"), "--positive", "1"])
    assert done.exit_code == 2
    assert "--positive and --negative go together" in done.output
