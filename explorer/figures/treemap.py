"""Where the parameters are: a treemap and an icicle of the module tree, coloured by what each part is for."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt

import plotly.graph_objects as go

from explorer.analysis.module_tree import Module, kind
from explorer.analysis.parameters import Parameters
from explorer.figures.theme import LABEL, Palette, layout
from explorer.i18n import Translator

# Plotly draws a few thousand tiles smoothly; a deeper tree opens on a click anyway.
DEPTH = 4
HEIGHT = 620


@dataclass(frozen=True)
class _Tile:
    path: str
    parent: str
    label: str
    value: int
    colour: str


def colours(palette: Palette) -> dict[str, str]:
    """Colour of each kind of module, the same on every page of this section."""
    return {
        "word": palette.word,
        "position": palette.position,
        "segment": palette.segment,
        "query": palette.query,
        "key": palette.key,
        "value": palette.value,
        "attention": palette.attention[1],
        "ffn": palette.ffn,
        "norm": palette.masked,
        "head": palette.changed[1],
        "other": palette.quiet,
    }


def treemap(info: Parameters, t: Translator, palette: Palette) -> go.Figure:
    """Area is the number of parameters; a tied tensor has its area at its owner."""
    figure = go.Figure(_trace(go.Treemap, info, t, palette))
    return layout(figure, palette, HEIGHT)


def icicle(info: Parameters, t: Translator, palette: Palette) -> go.Figure:
    """The same from left to right: every column is one level of the tree."""
    figure = go.Figure(_trace(go.Icicle, info, t, palette, tiling={"orientation": "h"}))
    return layout(figure, palette, HEIGHT)


def two_treemaps(a: Parameters, b: Parameters, t: Translator, palette: Palette) -> go.Figure:
    """Both on one scale: equal areas are equal numbers of parameters. The larger one fills its half in height."""
    figure = go.Figure()
    largest = max(a.total, b.total, 1)
    for info, left in ((a, 0.0), (b, 0.51)):
        side = sqrt(info.total / largest)
        domain = {"x": [left, left + 0.49 * side], "y": [1 - side, 1]}
        figure.add_trace(_trace(go.Treemap, info, t, palette, domain=domain))
    return layout(figure, palette, HEIGHT)


def _trace(kind_of: type, info: Parameters, t: Translator, palette: Palette, **options: object) -> object:
    tiles = list(_tiles(info.tree, "", t, palette))
    share = [tile.value / max(info.total, 1) for tile in tiles]
    return kind_of(
        ids=[tile.path or "model" for tile in tiles],
        parents=[tile.parent for tile in tiles],
        labels=[tile.label for tile in tiles],
        values=[tile.value for tile in tiles],
        text=[f"{tile.value:,}<br>{part:.1%}" for tile, part in zip(tiles, share, strict=True)],
        texttemplate="%{label}<br>%{text}",
        hovertemplate="%{id}<br>%{text}<extra></extra>",
        branchvalues="total",
        maxdepth=DEPTH,
        marker={"colors": [tile.colour for tile in tiles], "line": {"width": 1, "color": palette.ground}},
        textfont={"size": LABEL},
        pathbar={"textfont": {"size": LABEL}, "thickness": 26},
        **options,
    )


def _tiles(module: Module, parent: str, t: Translator, palette: Palette) -> Iterator[_Tile]:
    """A tile for each module that owns something, and for a tensor that stands beside modules."""
    if not module.owned:
        return
    table = colours(palette)
    here = module.path or "model"
    label = module.name or module.class_name
    yield _Tile(here, parent, label, module.owned, table[_of(module)])
    for child in module.children:
        yield from _tiles(child, here, t, palette)
    if any(child.owned for child in module.children):
        for tensor in module.tensors:
            if tensor.owner is None:
                name = tensor.path.rpartition(".")[2]
                yield _Tile(tensor.path, here, name, tensor.count, table[kind(tensor.path)])


def _of(module: Module) -> str:
    """A module that holds parts of several kinds takes no side, so that colour means one thing."""
    if module.children and module.kind in ("word", "other"):
        return "other"
    return module.kind
