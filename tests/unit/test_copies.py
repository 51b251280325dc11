"""Code that is copied because neither folder may import the other stays the same in both."""

from __future__ import annotations

from pathlib import Path

import feature_repo.settings
import infra_cdk.settings
import local.settings

ROOT = Path(__file__).parents[2]


def test_interrupts_end_commands_of_both_folders_the_same_way() -> None:
    local, sentiment = (ROOT / folder / "interruption.py" for folder in ("local", "sentiment"))
    assert local.read_text() == sentiment.read_text()


def test_every_folder_takes_the_same_names_for_a_loop() -> None:
    fields = [
        settings.Settings.model_json_schema()["properties"]["loop_name"]
        for settings in (local.settings, infra_cdk.settings, feature_repo.settings)
    ]
    taken, *copies = [(field["pattern"], field["maxLength"]) for field in fields]
    assert copies == [taken, taken]
