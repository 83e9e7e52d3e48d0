"""Feed-forward blocks removed from the model in the sidebar, without retraining."""

import json
from typing import Any

import streamlit as st

from explorer.analysis.probing import ProbeScore
from explorer.analysis.structure import removal as analysis
from explorer.analysis.structure.removal import LABELS, Likeness, Removal, States, Sweep
from explorer.capture.changes.variant import Variant
from explorer.capture.offered import reason_against
from explorer.errors import NotInThisModel
from explorer.figures.structure import removal as draw
from explorer.home import ASSETS
from explorer.models.spec import ModelSpec
from explorer.training.languages import LANGUAGES
from explorer.training.measures import FRESH
from explorer.training.role_texts import true_pairs
from explorer.ui.parts import controls
from explorer.ui.parts.guess import consequence
from explorer.ui.parts.show import beside, say, show
from explorer.ui.shell import cached, state
from explorer.ui.shell.page import Visit, remarks

MODES = ("skip", "zero")
# A model that knows the small language alone reads pairs of that one; they are half as long as the passages.
TOY_PAIRS = 64


def panel(visit: Visit) -> None:
    """One removal by layer, then every removal after the last layer."""
    t = visit.t
    remarks(visit)
    against = {name: reason_against(visit.handle, Variant(without_ffn=(0,), ffn_mode=name)) for name in MODES}
    if all(against.values()):
        raise NotInThisModel(model=visit.handle.config.model_type, reason=str(against[MODES[-1]]))
    with controls.strip():
        removed = _removed(visit)
        mode = controls.choice(t, "without_ffn", "mode", tuple(name for name, why in against.items() if why is None))
        # Chinese has no articles, and the small language few: whoever always says "no" would be right there.
        labels = LABELS if visit.speaks is None else LABELS[1:]
        label = controls.choice(t, "without_ffn", "label", labels)
    controls.left_out(visit, {t(f"without_ffn.mode.{name}"): reason for name, reason in against.items()})
    with st.spinner(t("without_ffn.working")):
        found = likeness(visit.spec, visit.speaks, removed, mode)
        own, left = (scores(visit.spec, visit.speaks, blocks, mode, label) for blocks in ((), removed))
    info = Removal(found, label, own, left)
    figures = {"likeness": draw.likeness(info, t, visit.palette), "probes": draw.probes(info, t, visit.palette)}
    show(t, lambda: beside(t, figures, info), info, f"removed-blocks-{mode}")
    consequence(visit, "removed", Variant(without_ffn=removed, ffn_mode=mode), n=len(removed))
    texts = "toy_pairs" if visit.speaks in LANGUAGES else "passages"
    say(t(f"without_ffn.{texts}", n_train=own[0].n_train, n_test=own[0].n_test))
    _sweep(visit, removed, mode)


def tries(visit: Visit) -> dict[str, tuple[str, dict[str, str]]]:
    """Links that remove all blocks, or the last one, which has another number in each model."""
    last = str(visit.handle.dims.n_layers - 1)
    return {
        "without_ffn.try.all": ("take_away", {"part": "removed", "removed": "all", "mode": "skip"}),
        "without_ffn.try.last": ("take_away", {"part": "removed", "removed": last, "mode": "zero"}),
    }


def _removed(visit: Visit) -> tuple[int, ...]:
    n = visit.handle.dims.n_layers
    options = ("all", *map(str, range(n)))
    buttons = n <= 12
    widget: Any = st.segmented_control if buttons else st.selectbox
    settings: dict[str, Any] = {"required": True} if buttons else {"width": 160}
    label = visit.t("without_ffn.removed")
    chosen = state.choice(
        widget, label, options, "removed", "all", **settings,
        format_func=lambda name: visit.t("without_ffn.all") if name == "all" else name,
    )  # fmt: skip
    return tuple(range(n)) if chosen == "all" else (int(chosen),)


def _sweep(visit: Visit, removed: tuple[int, ...], mode: str) -> None:
    """One run for each block and one for all, with progress; another choice of the visitor ends it."""
    t, n = visit.t, visit.handle.dims.n_layers
    removals = list(dict.fromkeys([*((block,) for block in range(n)), tuple(range(n))]))
    progress, found = st.progress(0.0, t("without_ffn.sweep_working")), []
    for number, blocks in enumerate(removals, 1):
        found.append(likeness(visit.spec, visit.speaks, blocks, mode))
        progress.progress(number / len(removals), t("without_ffn.sweep_working"))
    progress.empty()
    info = Sweep(tuple(found))
    show(t, draw.sweep(info, removed, t, visit.palette), info, f"removed-blocks-sweep-{mode}")


# Two entries: the untouched model's and the last changed one's, 12 MB each for MiniLM.
@cached.few(2)
def states(spec: ModelSpec, speaks: str | None = None, removed: tuple[int, ...] = (), mode: str = MODES[0]) -> States:
    """The passages through the model without these blocks. speaks: their language, see `Visit.speaks`."""
    return analysis.states(cached.model(spec), _pairs(speaks), Variant(without_ffn=removed, ffn_mode=mode))


def _pairs(speaks: str | None) -> list[tuple[str, str]]:
    """The passages, in the language that the model knows."""
    if speaks in LANGUAGES:
        return true_pairs(TOY_PAIRS, FRESH, LANGUAGES[speaks])
    name = "passages.json" if speaks is None else f"passages.{speaks}.json"
    return [(first, second) for first, second in json.loads((ASSETS / "examples" / name).read_text("utf-8"))]


@cached.few(256)
def likeness(spec: ModelSpec, speaks: str | None, removed: tuple[int, ...], mode: str) -> Likeness:
    """A removal beside the untouched model."""
    return analysis.likeness(states(spec, speaks), states(spec, speaks, removed, mode), removed)


@cached.few(256)
def scores(
    spec: ModelSpec, speaks: str | None, removed: tuple[int, ...], mode: str, label: str
) -> tuple[ProbeScore, ...]:
    """The probe on every hidden state; the mode does not matter where nothing is removed."""
    return analysis.scores(states(spec, speaks, removed, mode) if removed else states(spec, speaks), label)
