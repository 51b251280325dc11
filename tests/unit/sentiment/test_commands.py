"""`python -m sentiment`: train, evaluate and predict, and one clear line where they cannot."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sentiment.__main__ import app
from sentiment.artifact import dump
from sentiment.record import to_line
from sentiment.review import Review
from sentiment.training import TrainedModel

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
    tmp_path: Path, reviews: Path, model: Path
) -> None:
    out = tmp_path / "trained.json.gz"
    done = RUNNER.invoke(app, ["train", "--reviews", str(reviews), "--out", str(out), "--folds", "3"])
    assert done.exit_code == 0, done.output
    assert out.read_bytes() == model.read_bytes()


def test_evaluation_measures_held_out_reviews_only(reviews: Path, model: Path, few_reviews: list[Review]) -> None:
    arguments = ["evaluate", "--model", str(model), "--reviews", str(reviews), "--json"]
    held_out = json.loads(RUNNER.invoke(app, arguments).stdout)
    everything = json.loads(RUNNER.invoke(app, [*arguments, "--everything"]).stdout)
    assert 0 < held_out["metrics"]["count"] < everything["metrics"]["count"] == len(few_reviews)
    assert held_out["metrics"]["macro_f1"] > 0.6
    assert set(held_out["intervals"]) == {"accuracy", "precision", "recall", "f1", "macro_f1"}
    assert "fine_foods" in everything["slices"]


def test_evaluation_prints_a_table(reviews: Path, model: Path) -> None:
    done = RUNNER.invoke(app, ["evaluate", "--model", str(model), "--reviews", str(reviews)])
    assert done.exit_code == 0
    assert "95 %" in done.stdout


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


@pytest.mark.parametrize(("content", "says"), [("a,b\n1,2\n", "format"), (None, "No such file")])
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


def test_a_setting_that_cannot_be_is_named(tmp_path: Path) -> None:
    done = RUNNER.invoke(app, ["train", "--folds", "1", "--out", str(tmp_path / "m")])
    assert done.exit_code == 2
    assert "folds must be at least 2" in done.output


def test_help_lists_the_commands_without_importing_scikit_learn() -> None:
    script = "import sys; import sentiment.__main__; sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[3], check=False).returncode == 0
    done = RUNNER.invoke(app, ["--help"])
    assert {"ingest", "train", "evaluate", "predict"} <= set(done.stdout.split())
