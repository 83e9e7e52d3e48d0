"""The colours can be told apart and read, by everybody and in both modes."""

from itertools import combinations

import plotly.graph_objects as go
import pytest

from explorer.figures.theme import LABEL, PALETTES, TEXT, Palette, enlarged, layout
from tests.colour_vision import apart, contrast, distance

NAMED = ("query", "key", "value", "attention", "changed", "ffn", "word", "position", "segment")
MODES = pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)


def strong(palette: Palette, name: str) -> str:
    found = getattr(palette, name)
    return found if isinstance(found, str) else found[-1]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0000),
        ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
        ((50, 2.5, 0), (61, -5, 29), 22.8977),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_the_measure_gives_the_published_distances(one, other, expected):
    """Pairs of Sharma, Wu and Dalal 2005, table 1."""
    assert distance(one, other) == pytest.approx(expected, abs=1e-4)


def test_who_lacks_a_cone_sees_less():
    """Red and green of one lightness: far apart for most, close for a deuteranope; blue and yellow stay apart."""
    assert apart("#c04040", "#6f7a10")[1] in ("protanopia", "deuteranopia")
    assert apart("#c04040", "#6f7a10")[0] < 15 < apart("#2060ff", "#e0c000")[0]


@MODES
def test_colours_with_a_meaning_are_told_apart(palette):
    pairs = [*combinations(NAMED, 2)]
    close = {f"{a}, {b}": apart(strong(palette, a), strong(palette, b)) for a, b in pairs}
    assert not {pair: found for pair, found in close.items() if found[0] < 11}


@MODES
def test_a_frame_stands_out_on_the_ends_of_a_signed_scale(palette):
    """The value's frame lies around strips of signed values; the ends themselves are told apart first."""
    low, middle, high = palette.signed
    for one, other in ((low, high), (low, middle), (middle, high), (palette.value, low)):
        assert apart(one, other)[0] >= 11, (one, other)


@MODES
def test_every_colour_can_be_read_as_text(palette):
    names = {name: strong(palette, name) for name in (*NAMED, "ink", "quiet")}
    assert not {name: colour for name, colour in names.items() if contrast(colour, palette.ground) < 4.5}
    tinted = [(ink, ground) for ink in ("ink", "quiet") for ground in ("sentence_a", "sentence_b")]
    assert not [pair for pair in tinted if contrast(getattr(palette, pair[0]), getattr(palette, pair[1])) < 4.5]


@MODES
def test_lines_bars_and_strong_cells_are_seen(palette):
    for colour in (*palette.signed[::2], palette.attention[1], palette.changed[1]):
        assert contrast(colour, palette.ground) >= 3


def test_a_presented_figure_is_larger_in_what_is_counted_in_pixels_alone():
    figure = layout(go.Figure(), PALETTES["light"], 300).update_layout(uniformtext={"minsize": 12})
    figure.add_scatter(x=[1, 2], y=[3, 4], marker={"size": [5, 6], "line": {"width": 2}}, line={"width": 3})
    figure.add_histogram(x=[1, 2], xbins={"size": 7})
    figure.add_treemap(labels=["a"], parents=[""], marker={"pad": {"t": 20}})
    figure.add_annotation(x=8, y=9, xshift=10, text="11", font={"size": 12})
    large = enlarged(figure, 1.5)
    dots, bars, tiles = large.data
    assert (dots.marker.size, dots.marker.line.width, dots.line.width) == ((7.5, 9), 3, 4.5)
    assert (list(dots.x), list(dots.y), bars.xbins.size) == ([1, 2], [3, 4], 7)
    assert tiles.marker.pad.t == 30 and large.layout.uniformtext.minsize == 20
    (note,) = large.layout.annotations
    assert (note.x, note.y, note.xshift, note.font.size) == (8, 9, 15, 18)
    assert large.layout.height == 450 and figure.layout.height == 300
    template = large.layout.template.layout
    assert (template.xaxis.tickfont.size, template.font.size, template.margin.t) == (LABEL * 1.5, TEXT * 1.5, 48)
    assert large.layout.template.data.heatmap[0].colorbar.thickness == 18
