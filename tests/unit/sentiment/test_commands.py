"""`python -m sentiment`: train, evaluate and predict, or one line that says why not."""

import dataclasses
import json
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
    held_out = json.loads(RUNNER.invoke(app, arguments).stdout)
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


@pytest.mark.parametrize(("content", "says"), [("a,b\n1,2\n", "format"), (None, "no such file")])
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
