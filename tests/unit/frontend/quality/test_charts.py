"""The charts hold the lines in a form that everybody can tell apart."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from frontend.quality.chart_styles import ChartStyle
from frontend.quality.charts import confusion_matrix, over_time
from frontend.quality.reading import Curve, OverTime, Point, Promotion
from frontend.quality.words import psi
from sentiment.evaluation.live_quality import Cells
from tests.unit.frontend.quality.samples import NOW

STEP = timedelta(minutes=1)
STYLE = ChartStyle("Drift", "index", {"a": "first", "b": "second"}, psi, ".2f", scale=100, limits=(0.1,))


def drawn(curves: list[Curve], promotions: list[Promotion] | None = None) -> dict[str, Any]:
    over = OverTime(NOW - 60 * STEP, NOW, STEP, [], [], [], [], [], promotions or [])
    spec: dict[str, Any] = over_time(curves, over, STYLE).to_dict()
    return spec


def rows(spec: dict[str, Any]) -> list[dict[str, Any]]:
    return max(spec["datasets"].values(), key=len)


def curve(name: str, minutes: list[int]) -> Curve:
    return Curve(name, "7", [Point(NOW + minute * STEP, 0.5, 0.4) for minute in minutes])


def test_a_line_ends_where_values_are_missing() -> None:
    parts = [row["part"] for row in rows(drawn([curve("a", [-9, -8, -6, -2, -1])]))]
    assert parts == ["a 7 0", "a 7 0", "a 7 0", "a 7 1", "a 7 1"]


def test_only_named_lines_are_drawn_in_the_unit_of_the_axis() -> None:
    found = rows(drawn([curve("a", [-2, -1]), curve("other", [-1])]))
    assert [(row["line"], row["value"], row["lower"], row["upper"]) for row in found] == [("first", 50, 40, None)] * 2
    assert found[0]["shown"] == "0.50"


def test_lines_differ_by_colour_and_by_dashes() -> None:
    (lines,) = [layer["encoding"] for layer in drawn([curve("a", [-1])])["layer"] if "strokeDash" in layer["encoding"]]
    for channel in ("color", "strokeDash"):
        scale = lines[channel]["scale"]
        assert scale["domain"] == ["first", "second"]
        assert len(set(map(str, scale["range"]))) == 2


def test_a_promotion_is_marked_with_its_version() -> None:
    promoted = [Promotion(NOW - 90 * STEP, "6"), Promotion(NOW - 5 * STEP, 'x"]')]
    last = drawn([curve("a", [-2, -1])], promoted)["layer"][-1]
    assert last["mark"]["type"] == "rule"
    axis = last["encoding"]["x"]["axis"]
    at = round(1000 * (NOW - 5 * STEP).timestamp())
    assert axis["labelExpr"] == f'{{"{at}": "version x\\"]"}}[\'\' + time(datum.value)]'
    assert len(axis["values"]) == 1


def test_each_layer_of_a_chart_has_something_to_show() -> None:
    def kinds(curves: list[Curve]) -> list[str]:
        return [layer["mark"]["type"] for layer in drawn(curves)["layer"]]

    assert kinds([curve("a", [-2, -1])]) == ["area", "line", "rule"]
    assert kinds([curve("a", [-9, -2, -1])]) == ["area", "line", "rule", "point"]
    assert kinds([Curve("a", "", [Point(NOW - STEP, 0.5), Point(NOW, 0.6)])]) == ["line", "rule"]


def test_the_cells_of_a_confusion_matrix_say_what_they_are() -> None:
    (cells,) = confusion_matrix(Cells(8, 2, 1500, 1)).to_dict()["datasets"].values()
    assert [(one["predicted"], one["actual"], one["count"], one["cell"]) for one in cells] == [
        ("positive", "positive", "8", "right (tp)"),
        ("positive", "negative", "2", "wrong (fp)"),
        ("negative", "negative", "1,500", "right (tn)"),
        ("negative", "positive", "1", "wrong (fn)"),
    ]
