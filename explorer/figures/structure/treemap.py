"""Where the parameters are: a treemap and an icicle of the module tree, coloured by what each part is for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
from textwrap import wrap
from typing import Any

import plotly.graph_objects as go

from explorer.analysis.structure.contrast import Contrast
from explorer.analysis.structure.module_tree import Module, kind
from explorer.analysis.structure.parameters import Parameters
from explorer.figures.text import plain
from explorer.figures.theme import LABEL, Palette, layout
from explorer.i18n import Translator

HEIGHT, BESIDE = 540, 460
TITLE = 26  # characters of a line above one of several pictures
ROOT = "model"
# A second cue beside the colour, for the kinds that lie side by side in every layer: Plotly's patterns, drawn in the
# legend by the style sheet's classes of the same name.
TEXTURES = {"query": "/", "key": "\\", "value": "-", "segment": ".", "head": "x", "position": "|"}


# Halves of halves: neighbours in the model stay neighbours in the picture, which squares would mix.
IN_ORDER = {"packing": "binary", "pad": 2}


@dataclass(frozen=True)
class _Tile:
    path: str
    parent: str
    label: str
    value: int
    colour: str
    ink: str
    texture: str = ""


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
    figure = go.Figure(_trace(go.Treemap, info, t, palette, tiling=IN_ORDER))
    return _quiet(layout(figure, palette, HEIGHT))


def icicle(info: Parameters, t: Translator, palette: Palette) -> go.Figure:
    """The same from left to right: every column is one level of the tree."""
    figure = go.Figure(_trace(go.Icicle, info, t, palette, tiling={"orientation": "h"}))
    return _quiet(layout(figure, palette, HEIGHT))


def treemaps(info: Contrast, t: Translator, palette: Palette) -> dict[str, go.Figure]:
    """One picture for each model, all on one scale: equal areas are equal numbers of parameters in pictures of one
    size. The largest model fills its own. Of more than two there is no room for single modules: their kinds are shown.
    """
    largest, found = max(1, *(one.total for one in info.models)), {}
    draw = _trace if len(info.models) == 2 else _kinds
    for place, (one, title) in enumerate(zip(info.models, info.titles, strict=True), 1):
        side = sqrt(one.total / largest)
        domain = {"x": [0, side], "y": [1 - side, 1]}
        figure = go.Figure(draw(go.Treemap, one, t, palette, domain=domain, tiling=IN_ORDER))
        figure.add_annotation(
            text="<br>".join([*(plain(line) for line in wrap(title, TITLE, max_lines=2)), f"<b>{one.total:,}</b>"]),
            x=0, y=1, xanchor="left", yanchor="bottom", yshift=2, align="left", showarrow=False, font={"size": LABEL},
        )  # fmt: skip
        found[f"model-{place}"] = _quiet(layout(figure, palette, BESIDE)).update_layout(margin={"t": 64})
    return found


def _quiet(figure: go.Figure) -> go.Figure:
    """No letters that nobody could read: a tile too small for them shows its colour, and its numbers on a click."""
    return figure.update_layout(uniformtext={"minsize": 12, "mode": "hide"}, margin={"t": 36})


def _kinds(kind_of: type, info: Parameters, t: Translator, palette: Palette, **options: object) -> Any:
    """The whole as one tile for each kind of module, without a frame: what is drawn is parameters alone."""
    tiles = [_Tile(ROOT, "", "", info.total, palette.ground, palette.ink)]
    for of in (name for name in colours(palette) if info.kinds[name]):
        label = t("contrast.part.other" if of == "other" else f"parameters.kind.{of}")
        tiles.append(_leaf(label, ROOT, label, info.kinds[of], of, palette))
    bare = _trace(kind_of, info, t, palette, tiles, **options)
    return bare.update(marker={"pad": dict.fromkeys("tblr", 0)}, pathbar={"visible": False})


def _trace(
    kind_of: type, info: Parameters, t: Translator, palette: Palette, tiles: Sequence[_Tile] = (), **options: object
) -> Any:
    tiles = tiles or list(_tiles(info, palette))
    share = [tile.value / max(info.total, 1) for tile in tiles]
    return kind_of(
        ids=[tile.path for tile in tiles],
        parents=[tile.parent for tile in tiles],
        labels=[tile.label for tile in tiles],
        values=[tile.value for tile in tiles],
        text=[f"{tile.value:,}<br>{part:.1%}" for tile, part in zip(tiles, share, strict=True)],
        texttemplate="%{label}<br>%{text}",
        hovertemplate="%{id}<br>%{text}<extra></extra>",
        branchvalues="total",
        sort=False,
        marker={
            "colors": [tile.colour for tile in tiles],
            "line": {"width": 1, "color": palette.ground},
            "pattern": {
                "shape": [tile.texture for tile in tiles],
                "fillmode": "overlay",
                "solidity": 0.12,
                "size": 9,
                "fgcolor": palette.ground,
                "fgopacity": 0.55,
            },
        },
        textfont={"size": LABEL, "color": [tile.ink for tile in tiles]},
        pathbar={"textfont": {"size": LABEL}, "thickness": 26},
        **options,
    )


def _tiles(info: Parameters, palette: Palette) -> Iterator[_Tile]:
    """The whole, its large parts, the layers, and in each the modules that hold tensors; wrappers are left out."""
    stops = set(info.modules)
    yield _Tile(ROOT, "", info.class_name, info.total, palette.rule, palette.ink)
    yield from _below(info.tree, ROOT, "", stops, palette)


def _below(module: Module, parent: str, prefix: str, stops: set[str], palette: Palette) -> Iterator[_Tile]:
    """Tiles of a module's tensors and children; prefix: the path of the tile they lie in, taken off their labels."""
    if module.path and any(child.owned for child in module.children):
        for tensor in module.tensors:
            if tensor.owner is None:
                label = tensor.path.removeprefix(prefix).lstrip(".")
                yield _leaf(tensor.path, parent, label, tensor.count, kind(tensor.path), palette)
    for child in module.children:
        leaf = not any(inner.owned for inner in child.children)
        stop = child.path in stops or child.name.isdigit()
        if not child.owned:
            continue
        if not (leaf or stop):
            yield from _below(child, parent, prefix, stops, palette)
            continue
        label = child.path.removeprefix(prefix).lstrip(".")
        if leaf:
            yield _leaf(child.path, parent, label, child.owned, child.kind, palette)
        else:
            yield _Tile(child.path, parent, label, child.owned, palette.rule, palette.ink)
            yield from _below(child, child.path, child.path, stops, palette)


def _leaf(path: str, parent: str, label: str, count: int, of: str, palette: Palette) -> _Tile:
    return _Tile(path, parent, label, count, colours(palette)[of], _ink(of, palette), TEXTURES.get(of, ""))


def _ink(of: str, palette: Palette) -> str:
    """Letters that stand out from the colour of their tile in both modes."""
    return palette.ink if of == "norm" else palette.ground
