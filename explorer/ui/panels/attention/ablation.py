"""The parts of the ablation page: choosing heads to leave out, and what that changes."""

import streamlit as st

from explorer.analysis.attention.ablation import Ablation, Removals, removals
from explorer.analysis.attention.patterns import measures
from explorer.i18n import Translator
from explorer.models.handle import Dims
from explorer.ui.browser.atlas import atlas
from explorer.ui.browser.matrix import matrix
from explorer.ui.parts.overview import head_captions, heads_off, put_heads_off
from explorer.ui.parts.show import reading
from explorer.ui.shell import cached, state
from explorer.ui.shell.page import Visit

# Multiplications of a run for every head, in tokens × width × layers × heads, up to which nobody need ask: two seconds.
AT_ONCE = 64 * 384 * 6 * 72

every = cached.few(32)(removals)


def beside_others(visit: Visit, info: Ablation) -> None:
    """How much this is beside what every other head does, left out alone; asked for where it takes long."""
    t, dims = visit.t, visit.handle.dims
    count = dims.n_layers * dims.n_heads
    if not info.off or count == 1:
        return
    size = len(info.tokens) * dims.d_model * dims.n_layers * count
    if size <= AT_ONCE or state.toggle(t("ablation.every", n=count), "every"):
        reading(t, Removals(every(visit.scene), info.off, float(info.change[-1].mean())))


def left_out(visit: Visit) -> tuple[tuple[int, int], ...]:
    """The heads that are left out, as buttons for sets of them choose; at first the one that looks one token back."""
    dims, first = visit.handle.dims, measures(visit.scene).strongest("previous")
    _presets(visit.t, dims, first)
    return tuple((index // dims.n_heads, index % dims.n_heads) for index in _off(dims, first))


def _off(dims: Dims, first: tuple[int, int]) -> list[int]:
    return heads_off(dims, () if state.chosen("off") is not None else (first,))


def choose_heads(visit: Visit) -> None:
    """The atlas of the untouched run, where a click leaves a head out, and the same as a list."""
    t, scene = visit.t, visit.scene
    dims = scene.handle.dims
    scores = measures(scene)
    first = scores.strongest("previous")
    off = _off(dims, first)
    layer, head = (
        state.number("layer", first[0], 0, dims.n_layers - 1),
        state.number("head", first[1], 0, dims.n_heads - 1),
    )
    atlas(
        scene.heads().thumbnails[:, 0].flatten(0, 1).cpu().numpy(),
        head_captions(t, scores),
        columns=dims.n_heads, key="off", label=t("ablation.alt"), chosen=layer * dims.n_heads + head,
        choose=lambda index: None,
        rows=[t("atlas.row", layer=number) for number in range(dims.n_layers)],
        heads=[str(number) for number in range(dims.n_heads)],
        off=off, mark=lambda indices: put_heads_off(indices, dims), mark_first=True,
    )  # fmt: skip
    state.heads(t("ablation.list"), "off", dims.n_layers, dims.n_heads, placeholder=t("ablation.placeholder"))


def _presets(t: Translator, dims: Dims, previous: tuple[int, int]) -> None:
    everything = list(range(dims.n_layers * dims.n_heads))
    choices = {
        "none": [],
        "one": [previous[0] * dims.n_heads + previous[1]],
        "first": everything[: dims.n_heads],
        "last": everything[-dims.n_heads :],
        "all": everything,
    }
    with st.container(horizontal=True):
        for name, indices in choices.items():
            label = t(f"ablation.preset.{name}", layer=previous[0], head=previous[1])
            st.button(label, key=f"off-{name}", on_click=put_heads_off, args=(indices, dims))


def draw_change(t: Translator, info: Ablation) -> None:
    """Relative change of every state, in amber; and what becomes of the outputs."""
    layers = [t("ablation.row", layer=number) for number in range(len(info.change))]
    high = max(1.0, float(info.change.max()))
    matrix(
        info.change, None, layers, info.tokens, scale="changed", low=0, high=high, key="change", param=None,
        chosen=None, label=t("ablation.change_alt"), height=130 + min(56 * len(layers), 400),
    )  # fmt: skip
    said = info.outputs()
    if said is not None:
        key, facts = said
        st.text(t(key, **facts))
