"""What every picture is made of, by hand."""

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.figures import marks
from explorer.figures.theme import PALETTES

LIGHT = PALETTES["light"]


def test_signed_values_become_bytes_around_127():
    trace = marks.signed_levels(np.array([-9.0, -2.0, -1.0, 0.0, 1.0, 2.0, 9.0]), 2.0)
    assert np.asarray(trace.z).tolist() == [[0, 0, 64, 127, 190, 254, 254]]
    axis = marks.signed_axis(LIGHT, 2.0, marks.bar_below(-0.1))
    assert (axis["cmin"], axis["cmax"], axis["colorscale"]) == (0, 254, LIGHT.signed_scale)
    assert dict(zip(axis["colorbar"]["tickvals"], axis["colorbar"]["ticktext"], strict=True)) == {
        0: "−2", 127: "0", 254: "2",
    }  # fmt: skip
    assert not marks.signed_axis(LIGHT, 1.0)["showscale"]


def test_a_title_stands_above_its_own_panel():
    figure = make_subplots(rows=2, cols=1)
    marks.above(figure, "first")
    marks.above(figure, "second", 2)
    places = [(note.xref, note.yref, note.x, note.y, note.yanchor) for note in figure.layout.annotations]
    assert places == [("x domain", "y domain", 0, 1, "bottom"), ("x2 domain", "y2 domain", 0, 1, "bottom")]


def test_a_line_runs_over_what_it_is_given_or_over_the_numbers_from_0():
    figure = go.Figure()
    marks.line(figure, np.array([3.0, 4.0]), "#000000", "a", points=5, marker={"symbol": "star"}, tip="%{y}")
    marks.line(figure, np.array([3.0, 4.0]), "#000000", x=[7, 9], dash="dot")
    first, second = figure.data
    assert list(first.x) == [0, 1] and list(second.x) == [7, 9] and list(first.y) == [3, 4]
    assert (first.mode, first.marker.size, first.marker.symbol) == ("lines+markers", 5, "star")
    assert (second.mode, second.line.dash, first.hovertemplate) == ("lines", "dot", "%{y}<extra></extra>")


def test_beams_lie_and_run_from_the_top_down_with_their_numbers():
    figure = go.Figure()
    marks.beams(figure, [0.5, 1.0], ["a", "b"], "#000000", ["50%", "100%"])
    (trace,) = figure.data
    assert (trace.orientation, list(trace.x), list(trace.text)) == ("h", [0.5, 1.0], ["50%", "100%"])
    assert figure.layout.yaxis.autorange == "reversed" and trace.hoverinfo == "skip"


def test_stripes_are_for_those_who_are_asked():
    figure = go.Figure()
    marks.bars(figure, [1.0], "#000000", shape="/")
    marks.bars(figure, [1.0], "#000000")
    assert [trace.marker.pattern.shape for trace in figure.data] == ["/", None]


def test_a_heat_map_has_a_bar_where_it_says_how_it_looks():
    scale = LIGHT.attention_scale
    assert not marks.heat([[0.0]], 0, 1, scale).showscale
    assert marks.heat([[0.0]], 0, 1, scale, colorbar=marks.bar_below(-0.1, "share")).colorbar.title.text == "share"
