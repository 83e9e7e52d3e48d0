"""Pictures of parameters and cost: areas that add up, one scale for two models, markers where they belong."""

import numpy as np
import pytest

from explorer.analysis.structure.contrast import Contrast
from explorer.analysis.structure.cost import cost
from explorer.analysis.structure.parameters import parameters
from explorer.figures.structure.cost import memory, operations, shares
from explorer.figures.structure.reshape import columns
from explorer.figures.structure.treemap import icicle, treemap, treemaps
from explorer.figures.theme import PALETTES
from explorer.i18n import Translator
from explorer.models.presets import PRESETS
from explorer.models.skeleton import as_config, heads

T, LIGHT = Translator("en"), PALETTES["light"]


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("draw", [treemap, icicle])
def test_tiles_fill_their_parents(name, draw):
    fields = PRESETS[name].fields
    head = "mlm" if "mlm" in heads(as_config(fields)) else "none"
    info = parameters(fields, head)
    trace = draw(info, T, LIGHT).data[0]
    below = dict.fromkeys(trace.ids, 0)
    for parent, value in zip(trace.parents, trace.values, strict=True):
        if parent:
            below[parent] += value
    assert len(set(trace.ids)) == len(trace.ids)
    for tile, value in zip(trace.ids, trace.values, strict=True):
        assert below[tile] in (0, value), tile
    assert trace.values[0] == info.total


def test_models_side_by_side_have_one_scale():
    models = tuple(parameters(PRESETS[name].fields) for name in ("bert-base", "bert-large", "gpt"))
    drawn = treemaps(Contrast(models, ("BERT base", "BERT <large>", "GPT")), T, LIGHT).values()
    areas = [np.ptp(one.data[0].domain.x) * np.ptp(one.data[0].domain.y) for one in drawn]
    assert areas == pytest.approx([one.total / models[1].total for one in models])
    for one, figure in zip(models, drawn, strict=True):  # tiles without frames: areas are parameters alone
        total, *kinds = figure.data[0]["values"]
        assert total == sum(kinds) == one.total
        assert set(figure.data[0].marker.pad.to_plotly_json().values()) == {0}
    assert len({(one.layout.height, one.layout.margin.t) for one in drawn}) == 1
    assert [one.layout.annotations[0].text for one in drawn][1] == f"BERT &lt;large><br><b>{models[1].total:,}</b>"


@pytest.mark.parametrize("draw", [shares, operations, memory])
def test_cost_pictures(draw):
    info = cost(as_config(PRESETS["bert-base"].fields), "BERT base", 128)
    figure = draw(info, T, LIGHT)
    assert all(np.isfinite(np.asarray(trace.y)).all() for trace in figure.data)


def test_the_crossover_stands_at_its_logarithm():
    figure = shares(cost(as_config(PRESETS["bert-base"].fields), "BERT base", 128), T, LIGHT)
    at = next(a.x for a in figure.layout.annotations if "4,608" in a.text)
    assert 10**at == pytest.approx(4_608)


@pytest.mark.parametrize("count", [1, 12, 13, 384])
def test_rows_of_maps_are_full(count):
    assert count % columns(count) == 0
