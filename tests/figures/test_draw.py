"""Every picture there is, by the rules of the house: one range where panels are compared, nothing broken in a scale,
names on the axes, nobody's text read as markup, in both palettes and languages. A new function is found by itself."""

import re
from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest

from explorer.figures import Figure
from explorer.figures.text import labels
from explorer.figures.theme import PALETTES, Palette
from explorer.i18n import Translator
from tests.figures.cases import cases, functions, pictures

ALL = pytest.mark.parametrize("name", functions())
LIGHT = PALETTES["light"]

# Each strip has the range that is written above it, each map that of its own quantity; beside norms stands a share.
OWN_RANGES = {
    "pretraining.next_sentence.path", "input.sum.token_strips", "scaling.gradients.gradients",
    "scaling.precision.heads",
}  # fmt: skip
# As high as there are rows in it.
GROWS = {
    "input.neighbours.neighbour_bars", "input.sum.token_strips", "pretraining.next_sentence.orders",
    "pretraining.training_lab.examination",
    "scaling.after_sqrt_d.scores", "scaling.after_sqrt_d.weights", "scaling.precision.formats",
    "scaling.which_d.matrices",
    "scaling.saturation.maps", "scaling.whole_network.states", "scaling.whole_network.paths",
    "use.answer.candidates", "use.long_text.best_words", "use.task_head.confusion", "use.task_head.chances",
}  # fmt: skip
# The first steps of a training are above the fixed range; single words far to the left would press the rest together.
CUT = {"pretraining.training_lab.losses": "xy", "structure.without_ffn.curves": "xy", "pretraining.tied.rivals": "x"}
# Of a measure that need not be a share.
NO_SHARES = {"scaling.saturation.maps", "scaling.precision.heads"}
# Axes on which everything that can be has its place, so that pictures can be compared with each other.
FIXED = {
    "input.positions.distance_lines": (-1, 1), "pretraining.training_lab.probes": (0, 1),
    "questions.questions.self_weights": (0, 1), "questions.questions.shifted_bars": (0, 1),
    "scaling.softmax.bars": (0, 1), "structure.rank_collapse.mean_cosines": (0, 1), "structure.removal.probes": (0, 1),
    "use.task_head.curve": (0, 1),
    "use.trained_task.passes": (0, 1), "use.trained_task.scores": (0, 1),
}  # fmt: skip


@cache
def drawn(name: str) -> list[dict[str, Figure]]:
    return list(pictures(name, Translator("en"), LIGHT))


def each(name: str) -> Iterator[Figure]:
    return (figure for several in drawn(name) for figure in several.values())


def numbers(values: object) -> np.ndarray:
    """Those of a trace or a range that are numbers."""
    try:
        return np.asarray([] if values is None else values, dtype=float).ravel()
    except (TypeError, ValueError):  # names
        return np.array([])


def heatmaps(figure: Figure) -> Iterator[tuple[object, tuple[float, float], list[str], np.ndarray]]:
    """(trace, range, colours, cells) of each."""
    for trace in figure.select_traces({"type": "heatmap"}):
        axis = figure.layout[trace.coloraxis] if trace.coloraxis else None
        limits = (trace.zmin, trace.zmax) if axis is None else (axis.cmin, axis.cmax)
        scale = (trace if axis is None else axis).colorscale
        yield trace, limits, [colour for _, colour in scale], np.asarray(trace.z, dtype=float)


def axes(figure: Figure) -> Iterator[tuple[str, object]]:
    return ((axis.plotly_name[0], axis) for axis in (*figure.select_xaxes(), *figure.select_yaxes()))


def axis_of(figure: Figure, trace: object, part: str) -> object | None:
    """The x or y axis of a trace; None where it has none."""
    if part not in trace:
        return None
    number = (trace[f"{part}axis"] or part).removeprefix(part)
    return figure.layout[f"{part}axis{number}"]


def settings(part: object) -> dict[str, object]:
    return part.to_plotly_json()


def strings(part: object) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict):
        for key, value in part.items():
            if key not in ("template", "ids", "parents", "bdata", "dtype"):
                yield from strings(value)
    elif isinstance(part, list | tuple) or (isinstance(part, np.ndarray) and part.dtype == object):
        for value in part:
            yield from strings(value)


@ALL
def test_every_function_has_a_case(name):
    assert list(cases(name)), "an Info for it belongs into tests/figures/cases.py"


@ALL
def test_no_scale_or_axis_is_broken(name):
    """Neither NaN nor the score of a hidden key (the most negative float32) in a range, a cell or a point."""
    for figure in each(name):
        ranges = [np.array(limits, dtype=float) for _, limits, _, _ in heatmaps(figure)]
        ranges += [numbers(axis.range) for _, axis in axes(figure)]
        assert all(np.isfinite(one).all() and (abs(one) < 1e30).all() for one in ranges)
        assert all(one[0] != one[1] for one in ranges if len(one))
        values = [numbers(trace[part]) for trace in figure.data for part in ("x", "y", "z") if part in trace]
        assert not any((abs(one) > 1e30).any() for one in values)


@ALL
def test_signed_values_lie_around_zero_and_shares_start_at_zero(name):
    for figure in each(name):
        for trace, (low, high), colours, cells in heatmaps(figure):
            if len(colours) == 3 and colours == list(LIGHT.signed):
                whole = (0, 254) if cells.dtype.kind == "f" and trace.coloraxis else (-high, high)
                assert (low, high) == whole
            elif set(colours) in (set(LIGHT.attention), set(LIGHT.changed)):
                assert low == 0
                assert high in (1, 255) or name in NO_SHARES
            known = cells[np.isfinite(cells)]
            if trace.colorbar.ticktext and trace.colorbar.ticktext[0].startswith("≤"):
                known = np.maximum(known, low)  # the scale says that it ends there
            assert name in OWN_RANGES or ((known >= low - 1e-6).all() and (known <= high + 1e-6).all())


@ALL
def test_compared_panels_have_one_range(name):
    """Of one picture, and of pictures side by side: one range for one scale, and one for the heights."""
    if name in OWN_RANGES:
        return
    for several in drawn(name):
        ranges: dict[tuple[str, ...], set[object]] = {}
        for figure in several.values():
            for _, limits, colours, _ in heatmaps(figure):
                ranges.setdefault(tuple(colours), set()).add(limits)
        assert all(len(limits) == 1 for limits in ranges.values()), ranges
        heights = {tuple(axis.range) for figure in several.values() for axis in figure.select_yaxes() if axis.range}
        assert len(heights) <= 1 or len(several) == 1


@ALL
def test_what_is_drawn_lies_inside_the_axes(name):
    for figure in each(name):
        for trace in figure.data:
            if name in CUT and getattr(trace, "mode", "") == "lines":  # the line that the points are held against
                continue
            for part in set("xy") - set(CUT.get(name, "")):
                axis = axis_of(figure, trace, part)
                if axis is None or not axis.range or (trace.type == "scatter" and trace.stackgroup):
                    continue
                values = numbers(trace[part])
                values = values[np.isfinite(values)]
                if axis.type == "log":
                    values = np.log10(values[values > 0])
                low, high = sorted(axis.range)
                slack = 0.51 if trace.type in ("bar", "heatmap") else 1e-6
                assert (values >= low - slack).all() and (values <= high + slack).all(), (part, axis.range, values)


@pytest.mark.parametrize(("name", "whole"), FIXED.items(), ids=FIXED)
def test_a_fixed_axis_holds_all_that_can_be(name, whole):
    for figure in each(name):
        assert all(axis.range[0] <= whole[0] and whole[1] <= axis.range[1] for axis in figure.select_yaxes())


@ALL
def test_the_height_is_the_same_empty_and_full(name):
    heights = {figure.layout.height for figure in each(name)}
    assert None not in heights
    assert name in GROWS or len(heights) == 1


@ALL
def test_axes_are_named(name):
    """By a title, by the words or the panel's title that say what is counted, or they are not shown."""
    for figure in each(name):
        if all("x" not in trace for trace in figure.data):  # a treemap
            continue
        panels = [note for note in figure.layout.annotations if str(note.yref).endswith(("paper", "domain"))]
        named: dict[str, set[bool]] = {"x": set(), "y": {True} if panels else set()}
        used = {trace[part + "axis"] or part for trace in figure.data for part in "xy" if part in trace}
        for which, axis in axes(figure):
            assert axis.ticktext is None or len(axis.ticktext) == len(axis.tickvals)
            known = axis.title.text or axis.ticktext or axis.visible is False or axis.showticklabels is False
            named[which].add(bool(known))
            if which == "y" and not panels and axis.plotly_name.replace("axis", "") in used and len(used) > 3:
                assert known or axis.matches, "each panel with a scale of its own says what it counts"
        words = {
            part: any(
                isinstance(v, str) for t in figure.data for v in (t[part] if part in t and t[part] is not None else ())
            )
            for part in "xy"
        }
        named["x"] |= {True} if len(panels) > 1 else set()
        missing = [which for which, found in named.items() if found and True not in found and not words[which]]
        assert not missing, missing


@ALL
def test_a_legend_lies_above_or_below_the_data(name):
    for figure in each(name):
        shown = [t for t in figure.data if getattr(t, "showlegend", False) is not False and t.type not in ("heatmap",)]
        if figure.layout.showlegend is False or len(shown) < 2:
            continue
        legend = {**settings(figure.layout.template.layout.legend), **settings(figure.layout.legend)}
        assert legend["orientation"] == "h"
        assert (legend["y"] >= 1, legend["yanchor"]) in ((True, "bottom"), (False, "top"))
        assert all(trace.name for trace in shown)


@ALL
def test_nobodys_text_is_markup(name):
    for figure in each(name):
        found = [text for text in strings(figure.to_dict()) if re.search(r"<(b>(bold|one|there|yes)|script|i>)", text)]
        assert not found


@ALL
@pytest.mark.parametrize(("mode", "lang"), [("light", "en"), ("dark", "zh")])
def test_colours_are_the_palettes_and_words_the_languages(name, mode, lang):
    palette = PALETTES[mode]
    known = set(colours(palette))
    said: set[str] = set()
    for several in drawn(name)[:3] if mode == "light" else list(pictures(name, Translator(lang), palette)):
        for figure in several.values():
            shown = figure.to_dict()
            assert {text for text in strings(shown) if re.fullmatch("#[0-9a-fA-F]{6}", text)} <= known
            said |= {*labels(figure), *strings(shown["layout"]), *strings(shown["data"])}
    chinese = any(re.search("[\u4e00-\u9fff]", text) for text in said)
    assert chinese == (lang == "zh") or name.startswith("structure.treemap.") or name == "scaling.softmax.jacobian"


def colours(palette: Palette) -> Iterator[str]:
    for field in vars(palette).values():
        yield from (field,) if isinstance(field, str) else field


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
def test_negative_is_red_and_positive_is_blue(palette):
    (_, low), (_, _), (_, high) = palette.signed_scale
    red, blue = (int(low[1:3], 16), int(high[1:3], 16)), (int(low[5:7], 16), int(high[5:7], 16))
    assert red[0] > blue[0] and blue[1] > red[1]


def test_strips_that_add_up_have_one_range():
    """The same colour is the same number in each of them; only the normalised vector has a range of its own."""
    for (info, *_), several in zip(cases("input.sum.token_strips"), drawn("input.sum.token_strips"), strict=True):
        limits = [(trace.zmin, trace.zmax) for trace in next(iter(several.values())).data]
        added = [limit for limit, part in zip(limits, info.rows, strict=True) if part != "embedding"]
        assert len(set(added)) == 1
        assert all(low == -high for low, high in limits)


def test_gradients_are_on_one_range_that_both_runs_fill():
    for (info,), several in zip(
        cases("scaling.gradients.gradients"), drawn("scaling.gradients.gradients"), strict=True
    ):
        found = np.concatenate([info.scaled.ravel(), info.unscaled.ravel()])
        found = np.log10(found[found > 0])
        assert several.pop("gradients-rows").layout.yaxis.range[1] > 1
        for figure in several.values():
            low, high = figure.layout.yaxis.range
            assert not len(found) or (low <= found.min() and found.max() <= high)


def test_colours_of_a_confusion_are_shares_of_a_row_and_its_numbers_counts():
    for (info,), several in zip(cases("use.task_head.confusion"), drawn("use.task_head.confusion"), strict=True):
        (trace,) = next(iter(several.values())).data
        rows = np.asarray(trace.z, dtype=float).sum(1)
        np.testing.assert_allclose(rows, info.confusion.any(1), atol=1e-6)


def test_tables_of_positions_are_drawn_in_units_of_their_own_spread():
    """Beyond three times the root mean square a value is drawn as that."""
    for (info,), several in zip(
        cases("input.positions.table_pictures"), drawn("input.positions.table_pictures"), strict=True
    ):
        for trace, values in zip(next(iter(several.values())).data, (info.learned, info.sinusoidal), strict=True):
            own = np.clip(values / np.sqrt((values**2).mean()), -3, 3) / 3
            np.testing.assert_allclose(np.asarray(trace.z, dtype=float) / 127 - 1, own, atol=0.5 / 127 + 1e-6)
